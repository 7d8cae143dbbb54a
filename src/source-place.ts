import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './paths';

/** A line of the sources, from 1; the file from the root of the clone. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** Folders whose registries name formulas. */
export type FormulaFolder = 'losses' | 'attacks' | 'defenses';

/** Where a file exports a name; null where it does not, or where there are no sources (the package). */
export function exportPlace(file: string, name: string): SourcePlace | null {
  return placeOf(file, new RegExp(`^export (?:const|(?:async )?function) ${name}\\b`));
}

/**
 * Where an entry of a registry is written: the file that its line in the registry imports, or the table that has its name
 * as a key. Null as `exportPlace`.
 */
export function entryPlace(folder: FormulaFolder, name: string): SourcePlace | null {
  const inside = join('src', folder);
  if (!existsSync(join(projectRoot, inside))) return null;
  const files = readdirSync(join(projectRoot, inside)).filter((each) => each.endsWith('.ts'));
  const entry = new RegExp(`^ {2}(?:'${name}'|${name})(?:: (\\w+))?,$`, 'm');
  for (const file of files) {
    const text = textOf(join(inside, file));
    const found = entry.exec(text);
    if (found === null) continue;
    const imported = found[1] ?? name;
    const from = new RegExp(`^import \\{[^}]*\\b${imported}\\b[^}]*\\} from '\\./([\\w-]+)'`, 'm').exec(text);
    const place = from === null ? null : exportPlace(`${inside}/${from[1]}.ts`, imported);
    if (place !== null) return place;
  }
  const key = new RegExp(`^ {2}(?:'${name}'|${name}): (?:\\{|\\w+\\()`);
  const places = files.map((file) => placeOf(`${inside}/${file}`, key));
  return places.find((place) => place !== null) ?? null;
}

/** The same as words; null as `entryPlace`. */
export function definedIn(folder: FormulaFolder, name: string): string | null {
  const place = entryPlace(folder, name);
  return place === null ? null : placeWords(place);
}

/** «src/metrics/auc.ts:22». */
export function placeWords({ file, line }: SourcePlace): string {
  return `${file}:${line}`;
}

function placeOf(file: string, line: RegExp): SourcePlace | null {
  const at = textOf(file)
    .split('\n')
    .findIndex((each) => line.test(each));
  return at < 0 ? null : { file, line: at + 1 };
}

function textOf(file: string): string {
  const path = join(projectRoot, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
