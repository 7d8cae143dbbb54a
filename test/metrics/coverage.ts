import { setImmediate } from 'node:timers/promises';
import type { Interval } from '../../src/metrics/interval';

export const DRAWS = 2000;

/** Share of draws whose interval holds the truth. Lets the test runner breathe, which otherwise takes us for dead. */
export async function coverage(
  truth: number,
  interval: (draw: number) => Interval,
  draws = DRAWS,
): Promise<number> {
  let held = 0;
  for (let draw = 0; draw < draws; draw++) {
    const { low, high } = interval(draw);
    if (low! <= truth && truth <= high!) held++;
    if (draw % 50 === 0) await setImmediate();
  }
  return held / draws;
}
