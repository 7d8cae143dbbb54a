import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Backend } from '../platform/backend/backend';
import type { Dataset } from '../data/dataset';
import { Interrupted } from '../errors';
import { quantile } from '../platform/math/quantile';
import type { TrainingProgress } from '../training/task';
import type { Block } from './block';
import { Store } from './store/store';
import { trainBlock } from './train-block';

/** What a block costs: an estimate with a range that holds most of what a machine does from one minute to the next. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** How fast a block trains; milliseconds. */
export interface Pace {
  readonly step: Estimate;
  /** From the last step of an epoch to the first of the next: evaluation and checkpoint; null if no epoch ended. */
  readonly between: number | null;
  readonly steps: number;
}

/**
 * Trains a block for a while in a folder that is removed.
 *
 * @param budget milliseconds
 */
export async function measurePace(
  block: Block,
  {
    data,
    backend,
    budget,
    signal,
  }: { data: Dataset; backend: Backend; budget: number; signal?: AbortSignal },
): Promise<Pace> {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-measure-'));
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  signal?.addEventListener('abort', forward);
  const seen: { at: number; epoch: number }[] = [];
  const onProgress = ({ epoch }: TrainingProgress): void => {
    seen.push({ at: performance.now(), epoch });
    if (seen.length > 3 && seen[seen.length - 1].at - seen[0].at > budget) stop.abort();
  };
  try {
    await trainBlock(block, {
      backend,
      dataset: data,
      store: Store.open(folder),
      signal: stop.signal,
      onProgress,
    });
  } catch (error) {
    if (!(error instanceof Interrupted) || signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', forward);
    rmSync(folder, { recursive: true, force: true });
  }
  const gaps = seen
    .slice(1)
    .map(({ at, epoch }, i) => ({ ms: at - seen[i].at, isWithin: epoch === seen[i].epoch }));
  const within = gaps.filter(({ isWithin }) => isWithin).map(({ ms }) => ms);
  const across = gaps.filter(({ isWithin }) => !isWithin).map(({ ms }) => ms);
  const steps = within.length > 0 ? within : [budget];
  const at = (p: number): number => quantile(steps, p);
  const step = { estimate: at(0.5), low: at(0.25), high: at(0.9) };
  return {
    step,
    between: across.length === 0 ? null : Math.max(0, quantile(across, 0.5) - step.estimate),
    steps: within.length,
  };
}
