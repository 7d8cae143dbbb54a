import type { Attack, AttackScores } from '../attacks/attack';
import { advantageAtCuts, type UsableScores } from '../attacks/evaluate-attack';
import { advantageChance, largestAdvantageInterval } from '../metrics/advantage';
import { auc, aucOfUnits } from '../metrics/auc';
import type { Interval } from '../metrics/interval';
import { sortedSides } from '../metrics/sorted-sides';
import { tnrAtFnrInterval, tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import type { AuditedAttack } from './audit-result';
import { unitsAt, type Units } from '../metrics/units';

/** Nominal rates at which attacks are judged. */
export interface NominalRates {
  readonly fprs: readonly number[];
  readonly fnrs: readonly number[];
}

/** Everything the audit says about one attack. All intervals are 95 %, over records. */
export function measureAttack(
  attack: Attack,
  found: AttackScores,
  kept: UsableScores,
  rates: NominalRates,
  units?: Units,
): Omit<AuditedAttack, 'correctedPValue'> {
  const { name, title, formula, reference, threatModel, fittedOn, cost } = attack;
  const left = found.scores.length - kept.records.length;
  const straight = tails(kept, rates, units);
  const largest = straight.largestAdvantage;
  const area = areaOf(kept, units);
  const isTurned = area.high !== null && area.high < 0.5;
  const decided = advantageAtCuts(found, kept);
  const atCuts = decided !== null && units !== undefined ? withoutInterval(decided) : decided;
  return {
    name,
    title,
    options: attack.options ?? {},
    formula,
    reference,
    threatModel,
    fittedOn,
    cost,
    scored: kept.records.length,
    auc: area,
    ...straight,
    chance: units === undefined ? chanceOf(kept) : null,
    advantage: atCuts ?? largest,
    cutsFrom: atCuts === null || fittedOn === 'target' ? 'these records' : 'elsewhere',
    turned: isTurned ? tails({ ...kept, scores: kept.scores.map((score) => -score) }, rates, units) : null,
    notes:
      left === 0
        ? found.notes
        : [...found.notes, { code: 'unscored', records: left, of: found.scores.length }],
  };
}

/** What the two ends of the scores give. */
function tails(
  { scores, members }: UsableScores,
  { fprs, fnrs }: NominalRates,
  units: Units | undefined,
): Pick<AuditedAttack, 'largestAdvantage' | 'tprAtFpr' | 'tnrAtFnr'> {
  const sides = sortedSides(scores, members);
  const shown = units === undefined ? (interval: Interval) => interval : withoutInterval;
  return {
    largestAdvantage: shown(largestAdvantageInterval(scores, members)),
    tprAtFpr: Object.fromEntries(fprs.map((fpr) => [String(fpr), shown(tprIntervalOfSides(sides, fpr))])),
    tnrAtFnr: Object.fromEntries(
      fnrs.map((fnr) => [String(fnr), shown(tnrAtFnrInterval(scores, members, fnr))]),
    ),
  };
}

/** The AUC with its interval over records, or over the units that they were dealt in. */
export function areaOf({ scores, members, records }: UsableScores, units?: Units, error?: number): Interval {
  return units === undefined
    ? auc(scores, members, error)
    : aucOfUnits(scores, members, unitsAt(units, records), error);
}

/** An interval over records that were dealt together would be too narrow. */
export function withoutInterval({ estimate }: Interval): Interval {
  return { estimate, low: null, high: null, method: { name: 'none-over-groups' } };
}

function chanceOf({ scores, members }: UsableScores): AuditedAttack['chance'] {
  const { advantage95, pValue } = advantageChance(scores, members);
  return { advantage95, pValue };
}
