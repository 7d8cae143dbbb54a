import type { TrueClass } from '../losses/loss';
import { scanSigns } from '../losses/scan';

/** An interval of confidence, [from, to] in [0, 1]. */
export interface ConfidenceInterval {
  readonly from: number;
  readonly to: number;
}

/** The intervals of p on which a function of the true class is positive, ends to 1e-12 (see `scanPoints` for the grid). */
export function positiveIntervals(f: (at: TrueClass) => number): ConfidenceInterval[] {
  const { signs, changes } = scanSigns(f);
  const intervals: ConfidenceInterval[] = [];
  let from = signs.has(1) && (changes.length === 0 || changes[0].from === 1) ? 0 : null;
  for (const { p, to } of changes) {
    if (from !== null) intervals.push({ from, to: p });
    from = to === 1 ? p : null;
  }
  if (from !== null) intervals.push({ from, to: 1 });
  return intervals;
}
