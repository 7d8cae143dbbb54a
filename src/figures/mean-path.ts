import type { PathPoint, RunResult } from '../experiments/study-result';

/** What one epoch of a method looks like on average over seeds. */
export interface MeanPathPoint {
  readonly epoch: number;
  readonly testAccuracy: number;
  readonly advantage: number;
  readonly memberLoss: { readonly mean: number; readonly median: number; readonly variance: number };
  readonly nonMemberLoss: { readonly mean: number; readonly median: number; readonly variance: number };
}

/**
 * Means over seeds at each epoch that every run evaluated, in ascending order of epochs. Epochs that only some runs
 * have are left out, since a mean over other seeds would make a jump that no model made.
 */
export function meanPath(runs: readonly Pick<RunResult, 'path'>[]): MeanPathPoint[] {
  if (runs.length === 0) return [];
  const byEpoch = runs.map((run) => new Map(run.path.map((point) => [point.epoch, point])));
  return [...byEpoch[0].keys()]
    .filter((epoch) => byEpoch.every((points) => points.has(epoch)))
    .sort((a, b) => a - b)
    .map((epoch) =>
      averaged(
        epoch,
        byEpoch.map((points) => points.get(epoch) as PathPoint),
      ),
    );
}

function averaged(epoch: number, points: readonly PathPoint[]): MeanPathPoint {
  const mean = (of: (point: PathPoint) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const losses = (side: 'memberLoss' | 'nonMemberLoss'): MeanPathPoint['memberLoss'] => ({
    mean: mean((point) => point[side].mean),
    median: mean((point) => point[side].median),
    variance: mean((point) => point[side].variance),
  });
  return {
    epoch,
    testAccuracy: mean((point) => point.testAccuracy),
    advantage: mean((point) => point.advantage),
    memberLoss: losses('memberLoss'),
    nonMemberLoss: losses('nonMemberLoss'),
  };
}
