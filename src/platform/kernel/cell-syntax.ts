import type { Position } from './cell-error';
import { ts } from './tslab-parts';
import type { TypeScript } from './tslab-parts';

/** Something that waits: `await x`, or a loop `for await (… of …)`. */
type Waiting = TypeScript.AwaitExpression | TypeScript.ForOfStatement;

function isWaiting(node: TypeScript.Node): node is Waiting {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
}

/**
 * What waits at the top level of a cell: in statements, also in the computed names, decorators and base of a class,
 * not in what runs later or elsewhere (functions, fields, static blocks, namespaces).
 */
export function topLevelAwaits(cell: TypeScript.Node): Waiting[] {
  const found: Waiting[] = [];
  const visit = (node: TypeScript.Node): void => {
    if (ts.isClassStaticBlockDeclaration(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isFunctionLike(node) || ts.isPropertyDeclaration(node)) {
      if (node.name && ts.isComputedPropertyName(node.name)) visit(node.name);
      if (ts.canHaveDecorators(node)) ts.getDecorators(node)?.forEach(visit);
      return;
    }
    if (isWaiting(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(cell);
  return found;
}

/** What a cell declares at its top level: variables, functions, classes, types, imports. */
export function declaredNames(code: string): string[] {
  const file = ts.createSourceFile('cell.ts', `export {};\n${code}`, ts.ScriptTarget.Latest, true);
  (ts as unknown as Binder).bindSourceFile(file, {});
  const { locals } = file as unknown as { locals?: ReadonlyMap<string, unknown> };
  return locals ? [...locals.keys()] : [];
}

/** TypeScript's binder, which is not in its declarations. */
interface Binder {
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
}

/** Whether TypeScript's complaint about the place of an `await` concerns one that a cell may have. */
export function isTopLevelAwait(cell: TypeScript.SourceFile, position: number): boolean {
  return topLevelAwaits(cell).some((node) => node.getStart(cell) === position);
}

/** A script in which awaits are replaced, and the way back to the places before. */
export interface SteppedScript {
  readonly code: string;
  /** Undefined for a place in what was put around the cell. */
  original(position: Position): Position | undefined;
}

/**
 * Rewrites a cell with awaits at its top level as the body of a generator: each `await x` becomes `(yield x)`. A generator
 * cannot have `for await`; a cell with one stays an async function, and what it goes over can end it.
 *
 * @returns undefined where nothing waits, or the syntax does not parse
 */
export function stepwise(code: string): SteppedScript | undefined {
  // Only inside an async function is `await` surely parsed as the operator.
  const wrapper = 'async function cell() {';
  const text = `${wrapper}${code}\n}`;
  const file = ts.createSourceFile('cell.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const [cell, ...others] = file.statements;
  if (!cell || !ts.isFunctionDeclaration(cell) || !cell.body || others.length > 0) return undefined;
  const waiting = topLevelAwaits(cell.body);
  if (waiting.length === 0) return undefined;
  const loops = waiting.filter(ts.isForOfStatement);
  const around = (node: TypeScript.Node, before: string, after: string, remove = 0): Edit[] => [
    { at: node.getStart(file) - wrapper.length, remove, insert: before },
    { at: node.end - wrapper.length, remove: 0, insert: after },
  ];
  if (loops.length > 0) {
    const each = `globalThis[Symbol.for('ccl-lab.kernel.each')](`;
    return edited(
      code,
      '',
      loops.flatMap(({ expression }) => around(expression, each, ')')),
      '',
    );
  }
  return edited(
    code,
    `return await globalThis[Symbol.for('ccl-lab.kernel.drive')]((function* () { `,
    waiting.flatMap((node) => around(node, '(yield', ')', 'await'.length)),
    '\n}).call(this));',
  );
}

/** A script after edits, with something put before and after it. */
function edited(code: string, head: string, unsorted: Edit[], tail: string): SteppedScript {
  const edits = unsorted.sort((a, b) => a.at - b.at);
  return {
    code: `${head}${apply(code, edits)}${tail}`,
    original: (position) => beforeEdits(code, edits, head.length, position),
  };
}

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

function apply(code: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const { at, remove, insert } of edits) {
    result += code.slice(from, at) + insert;
    from = at + remove;
  }
  return result + code.slice(from);
}

/** Edits never touch line ends, so only the column moves. */
function beforeEdits(
  code: string,
  edits: readonly Edit[],
  headLength: number,
  position: Position,
): Position | undefined {
  const lineStart = startOfLine(code, position.line);
  let column = position.line === 0 ? position.column - headLength : position.column;
  if (column < 0) return undefined;
  for (const { at, remove, insert } of edits) {
    if (at < lineStart || at >= lineStart + column) continue;
    column -= Math.min(insert.length - remove, lineStart + column - at);
  }
  return { line: position.line, column };
}

function startOfLine(text: string, line: number): number {
  let start = 0;
  for (let i = 0; i < line; i++) start = text.indexOf('\n', start) + 1;
  return start;
}

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
  if (isWaiting(node)) return true;
  return ts.forEachChild(node, (child) => waits(child) || undefined) ?? false;
}
