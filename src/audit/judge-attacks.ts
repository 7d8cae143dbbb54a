import type { UsableScores } from '../attacks/evaluate-attack';
import { smallestDetectableAuc, smallestDetectableExposure } from '../metrics/detectable-effect';
import { among, type Interval } from '../metrics/interval';
import { leakTest, type Evidence, type LeakTest } from '../metrics/leak-test';
import { sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import type { Units } from '../metrics/units';
import type { AuditedEvidence, AuditedLeakTest } from './audit-result';
import { areaOf, withoutInterval } from './measure-attack';

/** «Leak» is said below this corrected p: one false alarm in a hundred audits of models that leak nothing. */
const leakLevel = 0.01;
const power = 0.8;

/** An attack that may decide: it was not fitted on the target's membership. */
export interface JudgedAttack {
  readonly name: string;
  /** [N], with which records count. */
  readonly scores: Float64Array;
  readonly usable?: Uint8Array;
  readonly kept: UsableScores;
}

/** The leak test of an audit, and its attacks from the strongest one on. */
export interface JudgedAttacks {
  readonly test: AuditedLeakTest;
  /** Names with the corrected p-value of their most surprising number, by which they stand in order; then by AUC. */
  readonly pValues: ReadonlyMap<string, number>;
}

/**
 * Tests all attacks together and says which effects the same test would have seen.
 *
 * @param attacks at least one
 * @param members [N], 1 = member
 */
export function judgeAttacks(
  attacks: readonly JudgedAttack[],
  members: Uint8Array,
  seed: number,
  units?: Units,
): JudgedAttacks {
  const test = leakTest(attacks, members, { seed, ...(units && { units }) });
  const ofNumber = (wanted: number | null): Evidence[] => test.evidence.filter(({ fpr }) => fpr === wanted);
  const areas = ofNumber(null).sort((a, b) => effect(b) - effect(a));
  const smallest = (attack: number): number =>
    test.evidence.find((one) => one.attack === attack)!.correctedPValue;
  const pValues = new Map(
    areas
      .map(({ attack }) => [attacks[attack].name, smallest(attack)] as const)
      // The sort is stable: attacks of one p-value stay in the order of their AUC.
      .sort(([, p], [, q]) => p - q),
  );
  const evidence = [null, ...test.fprs]
    .map((fpr) => largestOf(ofNumber(fpr)))
    .sort((a, b) => b.surprise - a.surprise)
    .map((one) => auditedEvidence(one, attacks[one.attack], attacks.length, units));
  const { permutations, normalLimit } = test;
  return {
    test: {
      ...{ evidence, attacks: attacks.length, permutations, normalLimit, level: leakLevel },
      detectable: detectable(test, members, units !== undefined),
    },
    pValues,
  };
}

/** How far a number lies from what chance gives, on the scale of that number. */
function effect({ statistic, value }: Evidence): number {
  return statistic === 'auc' ? Math.abs(value - 0.5) : value;
}

/**
 * Of one number of all attacks the largest effect among those beyond chance, else the most surprising one: scores with
 * many ties are surprising at small effects. The p-value is corrected for any choice.
 */
function largestOf(evidence: readonly Evidence[]): Evidence {
  const beyond = evidence.filter(({ correctedPValue }) => correctedPValue < leakLevel);
  return beyond.length === 0 ? evidence[0] : beyond.reduce((a, b) => (effect(b) > effect(a) ? b : a));
}

function auditedEvidence(
  { statistic, fpr, side, correctedPValue }: Evidence,
  { name, kept }: JudgedAttack,
  attacks: number,
  units: Units | undefined,
): AuditedEvidence {
  const error = 0.05 / attacks;
  const plain =
    statistic === 'auc' ? areaOf(kept, units, error) : tprOnSide(kept, side, fpr as number, units, error);
  return {
    ...{ attack: name, statistic, fpr, side },
    value: among(plain, attacks),
    correctedPValue,
  };
}

function tprOnSide(
  { scores, members }: UsableScores,
  side: Evidence['side'],
  fpr: number,
  units: Units | undefined,
  error: number,
): Interval {
  const turned = side === 'high' ? scores : scores.map((score) => -score);
  const found = tprIntervalOfSides(sortedSides(turned, members), fpr, error);
  return units === undefined ? found : withoutInterval(found);
}

/** By the critical surprise of the joint null: what one attack has to show alone. */
function detectable(test: LeakTest, members: Uint8Array, isGrouped: boolean): AuditedLeakTest['detectable'] {
  const count = members.reduce((sum, flag) => sum + flag, 0);
  const critical = Math.exp(-test.critical(leakLevel));
  // Groups that were dealt as a whole are worth fewer records.
  const worth = (records: number): number => Math.max(1, Math.round(records / Math.max(1, test.inflation)));
  // The surprises of few records do not reach the critical one, whatever the scores.
  if (critical >= 0.5) return { power, auc: null, exposed: null };
  const sizes = { members: worth(count), nonMembers: worth(members.length - count), power };
  const shares = test.fprs.flatMap(
    (fpr) => smallestDetectableExposure(fpr, { ...sizes, error: critical }) ?? [],
  );
  // The surprise of an AUC is two-sided.
  const area = smallestDetectableAuc({ ...sizes, error: critical / 2 });
  return {
    power,
    auc: area < 1 ? area : null,
    exposed: isGrouped || shares.length === 0 ? null : Math.min(...shares),
  };
}
