/**
 * Signals in memory and in files.
 *
 * @module signals
 */
export * from './signals';
export type { ReadSignalsOptions } from '../signals/read-signals';
export { writeSignals } from '../signals/write-signals';
