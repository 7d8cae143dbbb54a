import { mean } from '../platform/math/summary';
import { p1FromAdvantage } from '../metrics/p1';
import type { FinishedModel } from './finished-block';
import { lossAttackOn, releasedView, shareRight } from './model-path';
import type { ShadowNumbers } from './study-result';

/**
 * What shadow models show about their own training, with no target near: each is attacked with cuts from the next one. A
 * single one is halved: cuts from every other record judge the rest, and the other way round.
 */
export function shadowNumbers(shadows: readonly FinishedModel[]): ShadowNumbers {
  const { classes } = shadows[0].signals;
  const testAccuracy = mean(shadows.map((shadow) => shareRight(releasedView(shadow), 0)));
  const advantage =
    shadows.length === 1
      ? halvedAdvantage(shadows[0])
      : mean(
          shadows.map((shadow, i) => {
            const next = releasedView(shadows[(i + 1) % shadows.length]);
            return lossAttackOn(releasedView(shadow), [next], classes).advantage;
          }),
        );
  return { testAccuracy, advantage, p1: p1FromAdvantage(testAccuracy, advantage) };
}

function halvedAdvantage(shadow: FinishedModel): number {
  const { n, members, classes } = shadow.signals;
  const seen = [0, 0];
  const halves: number[][] = [[], []];
  for (let r = 0; r < n; r++) halves[seen[members[r]]++ % 2].push(r);
  const [even, odd] = halves.map((rows) => releasedView(shadow, Int32Array.from(rows)));
  return (lossAttackOn(even, [odd], classes).advantage + lossAttackOn(odd, [even], classes).advantage) / 2;
}
