import { ts } from './tslab-parts';
import type { TypeScript } from './tslab-parts';

function parsed(code: string): TypeScript.SourceFile {
  return ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/**
 * A cell without the word `export`, as code from a file has it: all names of a cell are known to the next one anyway. What
 * is taken away is replaced by as many spaces, so that no place moves.
 */
export function withoutExports(code: string): string {
  if (!code.includes('export')) return code;
  const file = parsed(code);
  let text = code;
  const blank = (start: number, end: number): void => {
    const spaces = text.slice(start, end).replace(/[^\n]/g, ' ');
    text = text.slice(0, start) + spaces + text.slice(end);
  };
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) {
      const start = statement.getStart(file);
      if (!statement.moduleSpecifier) blank(start, statement.end);
      else {
        // `export { a } from` imports a; of `export * from` the file is loaded, and no name is known.
        if (!statement.exportClause) blank(start + 'export'.length, statement.moduleSpecifier.getStart(file));
        text = `${text.slice(0, start)}import${text.slice(start + 'export'.length)}`;
      }
    } else if (ts.isExportAssignment(statement)) {
      blank(statement.getStart(file), statement.expression.getStart(file));
    } else if (ts.canHaveModifiers(statement)) {
      for (const modifier of ts.getModifiers(statement) ?? []) {
        const { kind } = modifier;
        if (kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword) {
          blank(modifier.getStart(file), modifier.end);
        }
      }
    }
  }
  return text;
}

/**
 * Later cells know a cell by its declarations, in which some types cannot be written: an interface that a file does not
 * export, a class expression with private members, all of a module at once. There the declaration gets the type any,
 * or that of the module.
 *
 * @param complaints what TypeScript says of the cell's declarations
 * @returns the complaints that this does not help against
 */
export function withNamedTypes(
  cell: TypeScript.SourceFile,
  complaints: readonly TypeScript.Diagnostic[],
): TypeScript.Diagnostic[] {
  const typed = new Set<Typed>();
  return complaints.filter(({ start }) => {
    const declaration = start === undefined ? undefined : typedAt(cell, start);
    if (!declaration || (declaration.type && !typed.has(declaration))) return true;
    declaration.type ??= writtenType(declaration.initializer);
    typed.add(declaration);
    return false;
  });
}

interface Typed {
  type?: TypeScript.TypeNode | undefined;
  readonly initializer?: TypeScript.Expression | undefined;
}

/** The outermost declaration around a place that can say its type. */
function typedAt(cell: TypeScript.Node, position: number): Typed | undefined {
  const around = ts.forEachChild(cell, (child) =>
    child.pos <= position && position < child.end ? child : undefined,
  );
  if (!around) return undefined;
  const isTyped =
    (ts.isVariableDeclaration(around) && ts.isIdentifier(around.name)) ||
    ts.isParameter(around) ||
    ts.isPropertyDeclaration(around);
  if (isTyped) return around as Typed;
  const returns = ts.isFunctionDeclaration(around) || ts.isMethodDeclaration(around) || ts.isAccessor(around);
  if (!returns) return typedAt(around, position);
  return (around.parameters.find(({ pos, end }) => pos <= position && position < end) ?? around) as Typed;
}

function writtenType(value: TypeScript.Expression | undefined): TypeScript.TypeNode {
  const loaded = value && ts.isAwaitExpression(value) ? value.expression : undefined;
  const isImport =
    loaded && ts.isCallExpression(loaded) && loaded.expression.kind === ts.SyntaxKind.ImportKeyword;
  const module = isImport ? loaded.arguments[0] : undefined;
  if (!module || !ts.isStringLiteral(module))
    return ts.factory.createKeywordTypeNode(ts.SyntaxKind.AnyKeyword);
  const name = ts.factory.createLiteralTypeNode(ts.factory.createStringLiteral(module.text));
  return ts.factory.createImportTypeNode(name, undefined, undefined, undefined, true);
}

/** Declarations of cells without those of some variables, functions and classes. */
export function withoutNames(declarations: string, names: ReadonlySet<string>): string {
  const file = parsed(declarations);
  const kept = file.statements.map((statement) => {
    const text = statement.getFullText(file);
    if (ts.isVariableStatement(statement)) {
      const { declarations: all } = statement.declarationList;
      const others = all.filter(({ name }) => !names.has(name.getText(file)));
      if (others.length === all.length) return text;
      const word = statement.declarationList.flags & ts.NodeFlags.Const ? 'const' : 'let';
      const parts = others.map((each) => each.getText(file)).join(', ');
      return parts === '' ? '' : `\ndeclare ${word} ${parts};`;
    }
    const named = ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement);
    return named && statement.name && names.has(statement.name.text) ? '' : text;
  });
  return kept.join('');
}
