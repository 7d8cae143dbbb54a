import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../src/paths';
import { blocksOf, markedBlocks, pages, printed, textOf, type MarkedBlock, unmarkedBlocks } from './blocks';

const blocks = markedBlocks();
const nameOf = ({ page, number }: MarkedBlock): string => `${page}-${number}`;
// Inside the project, so that imports of the project and its packages are found.
const folder = join(projectRoot, 'test-artifacts', `docs-${process.pid}`);

describe('code in docs/*.md', () => {
  it('is found: each guide has a block that runs', () => {
    const running = new Set(blocks.filter(({ kind }) => kind === 'runnable').map(({ page }) => page));
    for (const guide of [
      'reproduce-a-figure',
      'add-a-loss',
      'add-a-defense',
      'add-an-attack',
      'add-a-data-set',
    ]) {
      expect(running, guide).toContain(guide);
    }
    const text =
      '```ts runnable\na\n```\n```ts\nb\n```\n```ts checked src/y.ts\nc\n```\n<!-- given: d -->\n\n' +
      '```ts checked: why\ne\n```\n```ts runnable\nf\n```\nwords\n```ts continued\ng\n```\n';
    expect(blocksOf('x', text)).toEqual([
      { page: 'x', number: 1, kind: 'runnable', place: null, code: 'a\n' },
      { page: 'x', number: 2, kind: 'checked', place: 'src/y.ts', code: 'c\n' },
      { page: 'x', number: 3, kind: 'checked', place: null, code: 'd\ne\n' },
      { page: 'x', number: 4, kind: 'runnable', place: null, code: 'f\n\ng\n' },
    ]);
  });

  it.each(pages)('%s says of each block how it is tried, and why where it is not run', (page) => {
    expect(unmarkedBlocks(textOf(page))).toEqual([]);
    expect(unmarkedBlocks('```ts\na\n```\n```sh parsed\nb\n```\n```sql\nc\n```\n')).toEqual([
      ...['ts', 'sh parsed', 'sql'],
    ]);
  });

  it('has the types of the project, and a wrong option would be seen', { timeout: 240_000 }, () => {
    const code = "import { loss } from './registry';\nloss('ccel', { alfa: 1 });\n";
    const place = 'src/losses/x-wrong.ts';
    const errors = typeErrors([...blocks, { page: 'x', number: 1, kind: 'checked', place, code }]);
    expect(errors.filter((error) => !error.includes(place))).toEqual([]);
    expect(errors.join()).toContain('alfa');
  });
});

describe('runnable code in docs/*.md', () => {
  const workingFolder = mkdtempSync(join(tmpdir(), 'docs-'));
  const before = process.cwd();
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    // Guides name files of the project as from its root.
    symlinkSync(join(projectRoot, 'data'), join(workingFolder, 'data'));
    process.chdir(workingFolder);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
    rmSync(workingFolder, { recursive: true, force: true });
  });

  it.each(blocks.filter(({ kind }) => kind === 'runnable').map((block) => [nameOf(block), block] as const))(
    '%s runs and prints what it says',
    async (name, { code }) => {
      const file = join(folder, `${name}.ts`);
      writeFileSync(file, code);
      const lines: string[] = [];
      const log = vi.spyOn(console, 'log').mockImplementation((...parts) => void lines.push(parts.join(' ')));
      try {
        await import(/* @vite-ignore */ file);
      } finally {
        log.mockRestore();
      }
      const wanted = printed(code);
      expect(lines.length).toBe(wanted.length);
      wanted.forEach((text, i) => expect(lines[i]).toContain(text));
    },
  );
});

/** Messages of TypeScript about the blocks, under the project's options but as ES modules, for their top-level await. */
function typeErrors(all: readonly MarkedBlock[]): string[] {
  const { config } = ts.readConfigFile(join(projectRoot, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, projectRoot);
  const sources = new Map(
    all.map((block) => [
      block.place === null ? join(folder, `${nameOf(block)}.ts`) : join(projectRoot, block.place),
      // Blocks of pages without imports are programs of their own all the same.
      `${block.code}\nexport {};\n`,
    ]),
  );
  const settings = { ...options, module: ts.ModuleKind.ES2022, noEmit: true };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) =>
    sources.has(file)
      ? ts.createSourceFile(file, sources.get(file)!, version)
      : getSourceFile(file, version, ...rest);
  const program = ts.createProgram([...sources.keys()], settings, host);
  return [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}
