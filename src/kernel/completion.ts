import { toCharacters, toUnits } from './code-points';
import { ts } from './tslab-parts';
import type { Executor, TypeScript } from './tslab-parts';

/** What replaces which part of the cell, in Unicode characters as Jupyter counts. */
export interface Completion {
  readonly matches: string[];
  readonly start: number;
  readonly end: number;
}

/**
 * Completes as tslab does, but replaces what is already typed of a text in quotes, where tslab would append to it.
 *
 * @param cursor in Unicode characters
 */
export function completeCell(executor: Executor, code: string, cursor: number): Completion {
  const position = toUnits(code, cursor);
  const found = executor.complete(code, position);
  const text = textAround(code, position);
  if (!text) {
    return {
      matches: found.candidates,
      start: toCharacters(code, found.start),
      end: toCharacters(code, found.end),
    };
  }
  const typed = code.slice(text.start, position).toLowerCase();
  return {
    matches: found.candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed)),
    start: toCharacters(code, text.start),
    end: toCharacters(code, text.end),
  };
}

/** Where the content of the string literal around a place begins and ends, if there is one. */
function textAround(code: string, position: number): { start: number; end: number } | undefined {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  let found: { start: number; end: number } | undefined;
  const visit = (node: TypeScript.Node): void => {
    if (position <= node.getStart(file) || position > node.end) return;
    if (ts.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const quote = code[start - 1];
      const closed = node.end > start && code[node.end - 1] === quote;
      // What follows in the line belongs to the code when the closing quote is not typed yet.
      if (!closed) found = { start, end: position };
      else if (position < node.end) found = { start, end: node.end - 1 };
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
