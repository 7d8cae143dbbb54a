import { badInput } from '../errors';
import type { DecisionCounts } from './advantage';
import { clopperPearson, clopperPearsonHigh, clopperPearsonLow, requireCounts } from './proportions';
import type { Interval } from './interval';

/**
 * Precision: the share of true members among the records that were called members, TP / (TP + FP), with the
 * Clopper-Pearson interval given the number of calls. It speaks of the mix of members and non-members in this sample;
 * see `positivePredictiveValue` for another one.
 *
 * @param counts of decisions whose cuts were fixed without these records
 * @returns NaN with null bounds when no record was called a member
 * @throws UserError when the counts are not counts
 */
export function precision(counts: DecisionCounts): Interval {
  requireDecisions(counts);
  const calls = counts.truePositives + counts.falsePositives;
  if (calls === 0) {
    return { estimate: NaN, low: null, high: null, method: { name: 'nothing-called' } };
  }
  return {
    ...clopperPearson(counts.truePositives, calls),
    method: { name: 'clopper-pearson-of-calls', calls },
  };
}

/**
 * Positive predictive value where a share `prior` of the records are members:
 * PPV = prior TPR / (prior TPR + (1 - prior) FPR) (Jayaraman, Wang, Knipmeyer, Gu and Evans 2021, PoPETs, section 3).
 * It grows with TPR and falls with FPR, so the outer Clopper-Pearson bounds of both rates (1.25 % of error on each of
 * four sides) bound it with at least 95 % confidence at any sample size.
 *
 * @param counts of decisions whose cuts were fixed without these records
 * @param prior share of members in the population of interest, in (0, 1)
 * @returns NaN with bounds when no record was called a member
 * @throws UserError when the counts are not counts or the prior is not in (0, 1)
 */
export function positivePredictiveValue(counts: DecisionCounts, prior: number): Interval {
  requireDecisions(counts);
  if (!(prior > 0 && prior < 1)) {
    throw badInput('the prior', prior, 'must be in (0, 1)', 'Pass the share of members, e.g. 0.01');
  }
  const { truePositives, members, falsePositives, nonMembers } = counts;
  const value = (tpr: number, fpr: number): number => (prior * tpr) / (prior * tpr + (1 - prior) * fpr);
  const tail = 0.0125;
  return {
    estimate: value(truePositives / members, falsePositives / nonMembers),
    low: value(
      clopperPearsonLow(truePositives, members, tail),
      clopperPearsonHigh(falsePositives, nonMembers, tail),
    ),
    high: value(
      clopperPearsonHigh(truePositives, members, tail),
      clopperPearsonLow(falsePositives, nonMembers, tail),
    ),
    method: { name: 'clopper-pearson-joined', prior },
  };
}

function requireDecisions(counts: DecisionCounts): void {
  requireCounts(counts.truePositives, counts.members);
  requireCounts(counts.falsePositives, counts.nonMembers);
}
