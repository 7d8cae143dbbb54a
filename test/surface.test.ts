import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../src/paths';
import { printed } from './docs/blocks';

const file = join(projectRoot, 'src', 'index.ts');
const program = ts.createProgram([file], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.NodeJs,
  skipLibCheck: true,
  types: ['node'],
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(file)!;
const itself = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const top = checker
  .getExportsOfModule(checker.getSymbolAtLocation(source)!)
  .map((symbol) => ({ name: symbol.name, symbol: itself(symbol) }));
const namespaces = top.filter(({ symbol }) => symbol.flags & ts.SymbolFlags.ValueModule);
const examples = top
  .filter(({ symbol }) => symbol.flags & ts.SymbolFlags.Function)
  .map(({ name, symbol }) => {
    const tags = symbol.getJsDocTags(checker).filter((tag) => tag.name === 'example');
    const code = tags.map((tag) => /```ts\n(.*?)```/s.exec(ts.displayPartsToString(tag.text))?.[1] ?? '');
    return [name, code.join('')] as const;
  });

it('has at most 50 names at the top, namespaces among them', () => {
  expect(namespaces.map(({ name }) => name)).toContain('theory');
  expect(top.length).toBeLessThanOrEqual(50);
});

it('says of each function, class and list what it is, so that completion shows it', () => {
  const undocumented = namespaces.flatMap(({ name: space, symbol }) =>
    checker
      .getExportsOfModule(symbol)
      .map(itself)
      .filter((each) => each.flags & ts.SymbolFlags.Value)
      .filter((each) => ts.displayPartsToString(each.getDocumentationComment(checker)) === '')
      .map((each) => `${space}.${each.name}`),
  );
  expect(undocumented).toEqual([]);
});

// Each runs as it stands, where the folder data is that of the project and everything else is its own.
describe('the example of each function at the top', () => {
  const folder = join(projectRoot, 'test-artifacts', `examples-${process.pid}`);
  const working = mkdtempSync(join(tmpdir(), 'examples-'));
  const before = process.cwd();
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    symlinkSync(join(projectRoot, 'data'), join(working, 'data'));
    process.chdir(working);
  });
  afterAll(() => {
    process.chdir(before);
    for (const each of [folder, working]) rmSync(each, { recursive: true, force: true });
  });

  it.each(examples)('%s', { timeout: 120_000 }, async (name, code) => {
    expect(code).toContain("from 'ccl-lab'");
    writeFileSync(join(folder, `${name}.ts`), code);
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...parts) => void lines.push(parts.join(' ')));
    try {
      await import(/* @vite-ignore */ join(folder, `${name}.ts`));
    } finally {
      log.mockRestore();
    }
    const wanted = printed(code);
    expect(lines.length).toBe(wanted.length);
    wanted.forEach((text, i) => expect(lines[i]).toContain(text));
  });
});
