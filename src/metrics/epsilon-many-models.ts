import { badInput } from '../errors';
import { randomStream } from '../platform/math/random';
import { countDecisions, type DecisionCounts } from './advantage';
import { clopperPearsonHigh, clopperPearsonLow, requireCounts } from './proportions';
import { noBound, requireDelta, type EpsilonBound } from './epsilon';
import { descendCuts, sortedSides } from './sorted-sides';

const name = 'Clopper-Pearson over independent models';

/**
 * Lower bound of epsilon from decisions about one canary a model, models trained independently of each other (Jagielski,
 * Ullman and Oprea 2020, NeurIPS; Nasr et al. 2021, IEEE S&P): every cut of an (epsilon, delta)-DP training obeys
 * TPR <= e^epsilon FPR + delta and TNR <= e^epsilon FNR + delta, so
 * epsilon >= max(0, ln((TPR - delta) / FPR), ln((TNR - delta) / FNR)), with the Clopper-Pearson bounds of TPR from below
 * and FPR from above, 2.5 % of error each, in place of the rates.
 *
 * @param counts `members`: models trained with their canary; `nonMembers`: models trained without. The cut was fixed
 *   without these models
 * @param delta in [0, 1)
 * @param canariesPerModel with more than one the decisions of a model depend on each other and this is no bound
 * @throws UserError when the counts are no counts or delta is out of range
 */
export function epsilonOfManyModels(
  counts: DecisionCounts,
  delta: number,
  canariesPerModel = 1,
): EpsilonBound {
  requireDelta(delta);
  if (canariesPerModel !== 1) {
    const reason = `${canariesPerModel} canaries a model share its randomness; this bound needs independent decisions, one a model`;
    return noBound(delta, name, reason);
  }
  return boundAtCut(counts, delta, 'cut fixed beforehand');
}

/** @param cut where the cut came from, for the bound's `method` */
function boundAtCut(counts: DecisionCounts, delta: number, cut: string): EpsilonBound {
  const { truePositives, members, falsePositives, nonMembers } = counts;
  if (members === 0 || nonMembers === 0) return noBound(delta, name, 'all models are of one kind');
  requireCounts(truePositives, members);
  requireCounts(falsePositives, nonMembers);
  const method = `${name}, ${members} with and ${nonMembers} without their canary, ${cut}`;
  return { epsilon: bound(counts, delta), delta, method, reason: '' };
}

function bound(
  { truePositives, members, falsePositives, nonMembers }: DecisionCounts,
  delta: number,
): number {
  const tpr = clopperPearsonLow(truePositives, members, 0.025);
  const fpr = clopperPearsonHigh(falsePositives, nonMembers, 0.025);
  // Both ratios use the same two bounds, so that no further correction is due.
  const positive = tpr > delta ? Math.log((tpr - delta) / fpr) : 0;
  const negative = 1 - fpr > delta ? Math.log((1 - fpr - delta) / (1 - tpr)) : 0;
  return Math.max(0, positive, negative);
}

/**
 * As `epsilonOfManyModels`, from scores: the cut with the largest bound on a random half of the models, judged on the
 * other half. The choice costs half of the models and leaves the bound a bound; choosing the cut on the models that it is
 * judged by would not.
 *
 * @param scores score of the canary of each model, [M], higher = member
 * @param members 1 = the model was trained with its canary, [M]
 * @param seed of the split, an integer in [0, 2^32)
 * @throws UserError as `rocCurve`, with fewer than 4 models of a kind, or when delta is out of range
 */
export function epsilonBySplitSample(
  scores: Float64Array,
  members: Uint8Array,
  delta: number,
  seed = 1,
): EpsilonBound {
  requireDelta(delta);
  const { choose, judge } = splitHalves(members, seed);
  const take = (half: readonly number[]): [Float64Array, Uint8Array] => [
    Float64Array.from(half, (i) => scores[i]),
    Uint8Array.from(half, (i) => members[i]),
  ];
  const sides = sortedSides(...take(choose));
  let cut = Infinity;
  let best = -1;
  descendCuts(sides, (at, truePositives, falsePositives) => {
    const counts = {
      truePositives,
      falsePositives,
      members: sides.members.length,
      nonMembers: sides.nonMembers.length,
    };
    const found = bound(counts, delta);
    if (found > best) [best, cut] = [found, at];
  });
  const [held, heldMembers] = take(judge);
  const decisions = Uint8Array.from(held, (score) => (score >= cut ? 1 : 0));
  return boundAtCut(countDecisions(decisions, heldMembers), delta, 'cut chosen on the other half');
}

/** Two random halves, each with half of the members and half of the non-members. */
function splitHalves(members: Uint8Array, seed: number): { choose: number[]; judge: number[] } {
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'split' });
  const choose: number[] = [];
  const judge: number[] = [];
  for (const side of [0, 1]) {
    const places = Array.from(members.keys()).filter((i) => members[i] === side);
    if (places.length < 4) {
      const what =
        side === 1 ? 'the number of models with their canary' : 'the number of models without their canary';
      throw badInput(what, places.length, 'a split sample needs at least 4', 'Train more models');
    }
    stream.permutation(places.length).forEach((at, rank) => {
      (rank < places.length / 2 ? choose : judge).push(places[at]);
    });
  }
  return { choose, judge };
}
