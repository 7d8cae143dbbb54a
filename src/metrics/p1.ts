import { badInput } from '../errors';

/**
 * Privacy-utility score with the advantage: the harmonic mean of test accuracy A and 1 - advantage,
 * P1 = 2 A (1 - adv) / (A + 1 - adv). The form of the CCL authors' plotting code; the one that studies report here.
 *
 * @param testAccuracy in [0, 1]
 * @param advantage TPR - FPR of an attack, in [-1, 1]
 * @returns higher is better, in [0, 1] unless the advantage is negative; 0 when both parts are 0
 * @throws UserError when an argument is outside its range
 */
export function p1FromAdvantage(testAccuracy: number, advantage: number): number {
  requireWithin('the advantage', advantage, -1);
  return harmonicMean(testAccuracy, 1 - advantage);
}

/**
 * Privacy-utility score with the attack's accuracy a: P1 = 2 A (1 - a) / (A + 1 - a). The form of Paul, Cao, Zhang and
 * Burlina 2021, and of the CCL authors' attack code. A useless attack has a = 0.5, so it cannot exceed 2/3.
 *
 * @param testAccuracy in [0, 1]
 * @param attackAccuracy balanced accuracy of an attack, in [0, 1]
 * @returns in [0, 1], higher is better; 0 when both parts are 0
 * @throws UserError when an argument is outside its range
 */
export function p1FromAttackAccuracy(testAccuracy: number, attackAccuracy: number): number {
  requireWithin('the attack accuracy', attackAccuracy, 0);
  return harmonicMean(testAccuracy, 1 - attackAccuracy);
}

function harmonicMean(testAccuracy: number, privacy: number): number {
  requireWithin('the test accuracy', testAccuracy, 0);
  const sum = testAccuracy + privacy;
  return sum === 0 ? 0 : (2 * testAccuracy * privacy) / sum;
}

function requireWithin(what: string, value: number, low: number): void {
  if (value >= low && value <= 1) return;
  throw badInput(what, value, `must be in [${low}, 1]`, 'Pass a fraction, not a percentage');
}
