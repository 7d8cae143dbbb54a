import type { PathPoint, RunResult } from '../experiments/study-result';

/** What one epoch of a method looks like on average over seeds. */
export interface MeanPathPoint {
  readonly epoch: number;
  readonly testAccuracy: number;
  readonly advantage: number;
}

/**
 * The epochs that every run evaluated, in ascending order, each with its points, one a run. Epochs that only some runs
 * have are left out, since a mean over other seeds would make a jump that no model made.
 */
export function commonPath(
  runs: readonly Pick<RunResult, 'path'>[],
): { readonly epoch: number; readonly points: readonly PathPoint[] }[] {
  if (runs.length === 0) return [];
  const byEpoch = runs.map((run) => new Map(run.path.map((point) => [point.epoch, point])));
  return [...byEpoch[0].keys()]
    .filter((epoch) => byEpoch.every((points) => points.has(epoch)))
    .sort((a, b) => a - b)
    .map((epoch) => ({ epoch, points: byEpoch.map((points) => points.get(epoch) as PathPoint) }));
}

/** Means over runs at each epoch of `commonPath`. */
export function meanPath(runs: readonly Pick<RunResult, 'path'>[]): MeanPathPoint[] {
  return commonPath(runs).map(({ epoch, points }) => {
    const mean = (of: (point: PathPoint) => number): number =>
      points.reduce((sum, point) => sum + of(point), 0) / points.length;
    return {
      epoch,
      testAccuracy: mean((point) => point.testAccuracy),
      advantage: mean((point) => point.advantage),
    };
  });
}
