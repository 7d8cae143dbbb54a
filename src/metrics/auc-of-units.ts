import { tQuantile } from '../platform/math/distributions';
import { auc } from './auc';
import type { Interval } from './interval';
import { placements } from './placements';
import { unitMembers, unitSums, type Units } from './units';

/**
 * The AUC with an interval over units: the placements of a unit's records are summed before their variance is taken
 * (Obuchowski 1997, Biometrics 53; here no unit has records on both sides, so the two sides are independent), on the
 * logit scale, with Student's t for the number of units.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member
 * @param error chance that the interval misses
 * @returns without bounds where a side has one unit or the variance is 0
 * @throws UserError as `auc` and `unitMembers`
 */
export function aucOfUnits(scores: Float64Array, members: Uint8Array, units: Units, error = 0.05): Interval {
  const { estimate } = auc(scores, members);
  const centered = placements(scores, members).map((value) => value - estimate);
  const sums = unitSums(units, centered);
  const sides = unitMembers(units, members);
  const memberCount = members.reduce((sum, flag) => sum + flag, 0);
  const [others, own] = [0, 1].map((side) => sides.filter((one) => one === side).length);
  const variance = [members.length - memberCount, memberCount].reduce((sum, records, side) => {
    const count = side === 1 ? own : others;
    const squares = sums.reduce(
      (total, value, unit) => total + (sides[unit] === side ? value * value : 0),
      0,
    );
    return sum + ((count / (count - 1)) * squares) / (records * records);
  }, 0);
  if (!(variance > 0) || estimate === 0 || estimate === 1) {
    return {
      estimate,
      low: null,
      high: null,
      method: { name: 'too-few-groups', members: own, nonMembers: others },
    };
  }
  const center = Math.log(estimate / (1 - estimate));
  const t = tQuantile(1 - error / 2, own + others - 2);
  const half = (t * Math.sqrt(variance)) / (estimate * (1 - estimate));
  return {
    estimate,
    low: 1 / (1 + Math.exp(half - center)),
    high: 1 / (1 + Math.exp(-half - center)),
    method: { name: 'obuchowski', members: own, nonMembers: others },
  };
}
