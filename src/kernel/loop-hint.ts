import { ts } from './tslab-parts';
import type { TypeScript } from './tslab-parts';

/** How long a cell has to run before the hint is worth its line. */
export const loopHintAfterMs = 2000;

export const loopHint =
  'Hint: this cell has a loop at its top level, where every access to a variable is slow (up to 550 times ' +
  'slower than inside a function). Put the loop into a function and call it.\n';

/**
 * Whether a cell has a loop outside of any function that does not wait for something in its body (a loop over
 * awaited trainings takes long for another reason).
 */
export function hasTopLevelLoop(code: string): boolean {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  let found = false;
  const visit = (node: TypeScript.Node): void => {
    if (found || ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isIterationStatement(node, false)) {
      found = !waits(node);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function waits(node: TypeScript.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, (child) => waits(child) || undefined) ?? false;
}
