import { Script } from 'node:vm';
import { ts } from './tslab-parts';
import type { TypeScript } from './tslab-parts';
import type { Position } from './cell-positions';

/**
 * Node stops synchronous code at an interrupt only inside a vm run that asks for it, and what follows an
 * `await` is no longer inside. So a cell with awaits at its top level runs as a generator: each `await x` becomes
 * `(yield x)`, and every piece between two of them is run by a vm call that can be stopped.
 */
const driverKey = Symbol.for('ccl-lab.kernel.drive');
const stepKey = Symbol.for('ccl-lab.kernel.step');

type CellGenerator = Generator<unknown, unknown, unknown>;
type Step = () => IteratorResult<unknown, unknown>;

/** A script in which awaits are replaced, and the way back to the places before. */
export interface SteppedScript {
  readonly code: string;
  /** Undefined for a place in what was put around the cell. */
  original(position: Position): Position | undefined;
}

/**
 * Rewrites a cell with awaits at its top level.
 *
 * @returns undefined where it has to stay as it is (`for await`, a syntax that does not parse)
 */
export function stepwise(code: string): SteppedScript | undefined {
  // Only inside an async function is `await` surely parsed as the operator.
  const wrapper = 'async function cell() {';
  const text = `${wrapper}${code}\n}`;
  const file = ts.createSourceFile('cell.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const [cell, ...others] = file.statements;
  if (!cell || !ts.isFunctionDeclaration(cell) || !cell.body || others.length > 0) return undefined;
  const awaits = topLevelAwaits(cell.body);
  if (awaits === undefined || awaits.length === 0) return undefined;
  const edits: Edit[] = awaits.flatMap((node) => [
    { at: node.getStart(file) - wrapper.length, remove: 'await'.length, insert: '(yield' },
    { at: node.end - wrapper.length, remove: 0, insert: ')' },
  ]);
  edits.sort((a, b) => a.at - b.at);
  const head = `return await globalThis[Symbol.for('ccl-lab.kernel.drive')]((function* () { `;
  return {
    code: `${head}${apply(code, edits)}\n}).call(this));`,
    original: (position) => beforeEdits(code, edits, head.length, position),
  };
}

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

function topLevelAwaits(body: TypeScript.Block): TypeScript.AwaitExpression[] | undefined {
  const found: TypeScript.AwaitExpression[] = [];
  let possible = true;
  const visit = (node: TypeScript.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isForOfStatement(node) && node.awaitModifier) possible = false;
    if (ts.isAwaitExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return possible ? found : undefined;
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

let current: (() => unknown) | undefined;
const stepScript = new Script(`globalThis[Symbol.for('ccl-lab.kernel.step')]()`, {
  filename: 'ccl-kernel-step',
});

/** Makes what rewritten cells call known to them. */
export function installStepping(): void {
  Object.defineProperty(globalThis, stepKey, { value: () => current?.(), configurable: true });
  Object.defineProperty(globalThis, driverKey, { value: drive, configurable: true });
}

/** Runs synchronous code that an interrupt may end. */
export function runInterruptibly<T>(work: () => T): T {
  current = work;
  return stepScript.runInThisContext({ breakOnSigint: true });
}

async function drive(cell: CellGenerator): Promise<unknown> {
  // The first piece runs inside the vm call with which tslab starts the cell.
  let result = cell.next();
  while (!result.done) {
    const step = await nextStep(cell, result.value);
    result = runInterruptibly(step);
  }
  return result.value;
}

async function nextStep(cell: CellGenerator, awaited: unknown): Promise<Step> {
  try {
    const value = await awaited;
    return () => cell.next(value);
  } catch (error) {
    return () => cell.throw(error);
  }
}
