import type { KernelHook } from './platform/kernel/kernel-hook';

/** What the library may ask of a notebook: the signal that an interrupt aborts, and a place to show things. */
export type RunningCell = KernelHook;

/** The notebook cell that runs this code, or undefined outside a notebook (see src/platform/kernel/kernel-hook.ts). */
export function runningCell(): RunningCell | undefined {
  return (globalThis as { [key: symbol]: RunningCell | undefined })[Symbol.for('ccl-lab.kernel')];
}
