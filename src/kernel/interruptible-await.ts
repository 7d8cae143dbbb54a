import { Script } from 'node:vm';

/**
 * Node stops synchronous code at an interrupt only inside a vm run that asks for it, and what follows an
 * `await` is no longer inside. So a cell with awaits at its top level runs as a generator (cell-syntax.ts rewrites it),
 * and every piece between two of them is run by a vm call that can be stopped.
 */
const driverKey = Symbol.for('ccl-lab.kernel.drive');
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
