import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../../src/paths';

/** A block of a page that says how it is to be tried: «```ts runnable», «```ts checked» or «```ts checked PATH». */
export interface MarkedBlock {
  readonly page: string;
  /** From 1, among the marked ones of the page. */
  readonly number: number;
  readonly kind: 'runnable' | 'checked';
  /** Where the text says that it belongs, e.g. src/losses/ccl-cubic.ts; relative imports count from there. */
  readonly place: string | null;
  readonly code: string;
}

/** All marked blocks of docs/*.md. */
export function markedBlocks(): MarkedBlock[] {
  const folder = join(projectRoot, 'docs');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .flatMap((name) => blocksOf(basename(name, '.md'), readFileSync(join(folder, name), 'utf8')));
}

export function blocksOf(page: string, text: string): MarkedBlock[] {
  const marked = text.matchAll(/^```ts (runnable|checked)(?: (\S+))?\n(.*?)^```$/gms);
  return [...marked].map(([, kind, place, code], i) => ({
    ...{ page, number: i + 1, kind: kind as 'runnable' | 'checked', place: place ?? null, code },
  }));
}

/** What each console.log must print, in order: the text after `// prints`; the output has to contain it. */
export function printed(code: string): string[] {
  return [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text);
}
