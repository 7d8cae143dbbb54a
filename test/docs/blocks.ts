import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../../src/paths';

/**
 * A program on a page, which says how it is to be tried:
 * - «```ts runnable»: runs, with the blocks «```ts continued» after it, which go on with it;
 * - «```ts checked PATH»: has the right types as the file that the text tells to make (relative imports count from there);
 * - «```ts checked: WHY»: has the right types, and why it is not run.
 *
 * A comment «<!-- given: … -->» right before a block holds what the text takes for granted; readers do not see it.
 */
export interface MarkedBlock {
  readonly page: string;
  /** From 1, among the programs of the page. */
  readonly number: number;
  readonly kind: 'runnable' | 'checked';
  readonly place: string | null;
  readonly code: string;
}

/** A block of commands: «```sh runnable», «```sh parsed: WHY» (the command line takes it) or «```sh shown: WHY». */
export interface ShellBlock {
  readonly page: string;
  readonly kind: 'runnable' | 'parsed' | 'shown';
  readonly code: string;
}

/**
 * A block of Python: «```python runnable» (in the twins' environment, with masks.npz and ccl_export.py beside it, and what
 * earlier blocks of the page left in the folder), «```python continued», or «```python parsed: WHY». A comment «given»
 * as before a TypeScript block.
 */
export interface PythonBlock {
  readonly page: string;
  readonly kind: 'runnable' | 'parsed';
  readonly code: string;
}

/** The pages that people read, by their paths in the project. */
export const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'data/README.md', 'data/results/README.md'],
  ...readdirSync(join(projectRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

/** All programs of the pages. */
export function markedBlocks(): MarkedBlock[] {
  return pages.flatMap((page) => blocksOf(basename(page, '.md'), textOf(page)));
}

export function blocksOf(page: string, text: string): MarkedBlock[] {
  const found = text.matchAll(
    /^(?:<!-- given:\s(.*?)-->\n\n?)?```ts (runnable|continued|checked)(?:: [^\n]+| (\S+))?\n(.*?)^```$/gms,
  );
  const programs: MarkedBlock[] = [];
  for (const [, given = '', kind, place, own] of found) {
    const code = given === '' ? own : `${given.trim()}\n${own}`;
    const last = programs[programs.length - 1];
    if (kind === 'continued') programs[programs.length - 1] = { ...last, code: `${last.code}\n${code}` };
    else {
      const number = programs.length + 1;
      programs.push({ page, number, kind: kind as MarkedBlock['kind'], place: place ?? null, code });
    }
  }
  return programs;
}

/** All blocks of Python. */
export function pythonBlocks(): PythonBlock[] {
  const blocks: PythonBlock[] = [];
  for (const page of pages) {
    const found = textOf(page).matchAll(
      /^(?:<!-- given:\n([^]*?)-->\n\n)?```python (runnable|continued|parsed)(?:: .+)?\n([^]*?)^```$/gm,
    );
    for (const [, given = '', kind, own] of found) {
      const last = blocks[blocks.length - 1];
      if (kind === 'continued') blocks[blocks.length - 1] = { ...last, code: `${last.code}\n${own}` };
      else blocks.push({ page, kind: kind as PythonBlock['kind'], code: `${given}${own}` });
    }
  }
  return blocks;
}

/** All blocks of commands. */
export function shellBlocks(): ShellBlock[] {
  return pages.flatMap((page) => {
    const found = textOf(page).matchAll(/^```sh (runnable|parsed: .+|shown: .+)\n([^]*?)^```$/gm);
    return [...found].map(([, mark, code]) => ({
      page,
      kind: mark.split(':')[0] as ShellBlock['kind'],
      code,
    }));
  });
}

/** The first line of each block that does not say how it is tried, though it should. */
export function unmarkedBlocks(text: string): string[] {
  const fences = [...text.matchAll(/^```(.*)\n[^]*?^```$/gm)].map(([, mark]) => mark);
  const known =
    /^ts (runnable|continued|checked(: .+| \S+))$|^sh (runnable|parsed: .+|shown: .+)$|^python (runnable|continued|parsed: .+)$|^(json|text|)$/;
  return fences.filter((mark) => !known.test(mark));
}

/** What each console.log must print, in order: the text after `// prints`; the output has to contain it. */
export function printed(code: string): string[] {
  return [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text);
}
