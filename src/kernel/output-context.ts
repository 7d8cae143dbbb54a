import { AsyncLocalStorage } from 'node:async_hooks';
import type { OutputSink } from './kernel-hook';

/** What work outside of any cell sees of the kernel. */
export interface OutputContext {
  readonly sink: OutputSink;
  readonly signal: AbortSignal;
}

const storage = new AsyncLocalStorage<OutputContext | undefined>();

/** The context of the code that runs at the moment, undefined for code of a cell. */
export const outputContext = (): OutputContext | undefined => storage.getStore();

/** Runs work, and all that it starts, in a context; undefined is that of cells. */
export function inOutputContext<T>(context: OutputContext | undefined, work: () => T): T {
  return storage.run(context, work);
}
