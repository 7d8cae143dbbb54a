import { Script } from 'node:vm';

/**
 * Node stops synchronous code at an interrupt only inside a vm run that asks for it, and what follows an
 * `await` is no longer inside. So a cell with awaits at its top level runs as a generator (cell-syntax.ts rewrites it),
 * and every piece between two of them is run by a vm call that can be stopped.
 */
const driverKey = Symbol.for('ccl-lab.kernel.drive');
const eachKey = Symbol.for('ccl-lab.kernel.each');
const stepKey = Symbol.for('ccl-lab.kernel.step');

type CellGenerator = Generator<unknown, unknown, unknown>;
type Step = () => IteratorResult<unknown, unknown>;

let current: (() => unknown) | undefined;
const stepScript = new Script(`globalThis[Symbol.for('ccl-lab.kernel.step')]()`, {
  filename: 'ccl-kernel-step',
});

/** Makes what rewritten cells call known to them. */
export function installStepping(): void {
  Object.defineProperty(globalThis, stepKey, { value: () => current?.(), configurable: true });
  Object.defineProperty(globalThis, driverKey, { value: drive, configurable: true });
  Object.defineProperty(globalThis, eachKey, { value: each, configurable: true });
}

/** Runs synchronous code that an interrupt may end. */
export function runInterruptibly<T>(work: () => T): T {
  current = work;
  return stepScript.runInThisContext({ breakOnSigint: true });
}

/** One run of a cell; once it is given up, what it waits for ends it instead of letting it go on. */
interface CellRun {
  givenUp: boolean;
}

let run: CellRun = { givenUp: false };

/** A cell starts. */
export function beginSteps(): void {
  run = { givenUp: false };
}

/** The running cell ends at the next `await` of its top level that returns. */
export function giveUpSteps(): void {
  run.givenUp = true;
}

async function drive(cell: CellGenerator): Promise<unknown> {
  const own = run;
  // The first piece runs inside the vm call with which tslab starts the cell.
  let result = cell.next();
  while (!result.done) {
    const step = await nextStep(cell, result.value, own);
    result = runInterruptibly(step);
  }
  return result.value;
}

async function nextStep(cell: CellGenerator, awaited: unknown, own: CellRun): Promise<Step> {
  try {
    const value = await awaited;
    if (own.givenUp) throw new Error('this cell was interrupted');
    return () => cell.next(value);
  } catch (error) {
    return () => cell.throw(error);
  }
}

/** What `for await` of a cell goes over, up to the moment at which the cell is given up. */
async function* each(values: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator {
  const own = run;
  for await (const value of values) {
    if (own.givenUp) throw new Error('this cell was interrupted');
    yield value;
  }
}
