import type { KernelHook } from './platform/kernel/kernel-hook';

/** What the library may ask of a notebook: the signal that an interrupt aborts, and a place to show things. */
export type RunningCell = KernelHook;

/** The notebook cell that runs this code, or undefined outside a notebook (see src/platform/kernel/kernel-hook.ts). */
export function runningCell(): RunningCell | undefined {
  return (globalThis as { [key: symbol]: RunningCell | undefined })[Symbol.for('ccl-lab.kernel')];
}

/** Where a function says which texts its first argument can be. */
export const choicesKey: unique symbol = Symbol.for('ccl-lab.choices');

export interface Offering {
  readonly [choicesKey]?: () => readonly string[];
}

/** Has notebooks offer these names for the first argument of a function, at once and without its types. */
export function offering(
  call: (name: never, ...rest: never[]) => unknown,
  names: () => readonly string[],
): void {
  Object.defineProperty(call, choicesKey, { value: names });
}
