import { totalmem } from 'node:os';

/** Share of the machine's memory that workers may fill. */
const share = 0.8;

/** Bytes that all workers may take together: of the machine, or of the container that this runs in. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const all = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return Math.floor(all * share);
}

/** What is known of a worker when another block wants to start. */
export interface WorkerMemory {
  readonly isBusy: boolean;
  /** Resident bytes when it last told. */
  readonly rss: number;
}

/**
 * Whether a block may start beside those that run: it is reckoned with as much as any worker has taken so far. One block
 * may always run.
 */
export function mayStart(others: readonly WorkerMemory[], largest: number, limit: number): boolean {
  if (!others.some(({ isBusy }) => isBusy)) return true;
  // A busy one may still grow to what the largest took.
  const used = others.reduce((sum, { isBusy, rss }) => sum + (isBusy ? Math.max(rss, largest) : rss), 0);
  return used + largest <= limit;
}
