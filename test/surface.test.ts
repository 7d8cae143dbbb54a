import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { projectRoot } from '../src/paths';

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
const top = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).map((symbol) => ({
  name: symbol.name,
  symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
}));
const namespaces = top.filter(({ symbol }) => symbol.flags & ts.SymbolFlags.ValueModule);

it('has at most 50 names at the top, namespaces among them', () => {
  expect(namespaces.map(({ name }) => name)).toContain('theory');
  expect(top.length).toBeLessThanOrEqual(50);
});

it('says of each function, class and list what it is, so that completion shows it', () => {
  const undocumented = namespaces.flatMap(({ name: space, symbol }) =>
    checker
      .getExportsOfModule(symbol)
      .map((each) => (each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each))
      .filter((each) => each.flags & ts.SymbolFlags.Value)
      .filter((each) => ts.displayPartsToString(each.getDocumentationComment(checker)) === '')
      .map((each) => `${space}.${each.name}`),
  );
  expect(undocumented).toEqual([]);
});
