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
    if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) {
      blank(statement.getStart(file), statement.end);
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
