import { badInput, UserError } from '../errors';
import { advantage, countDecisions, largestAdvantageInterval } from '../metrics/advantage';
import { auc } from '../metrics/auc';
import type { Interval } from '../metrics/interval';
import { sortedSides } from '../metrics/sorted-sides';
import { smallestResolvableFpr, tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import { checkSignals } from '../signals/check-signals';
import type { SignalArrays } from '../signals/memory-signal-set';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import { shareStatistics } from '../signals/statistics';
import type { Attack, AttackNote, AttackResult, AttackScores } from './attack';
import { signalSet } from './define-attack';

export interface EvaluationOptions {
  /** Nominal false positive rates, each in [0, 1]; default [0.01]. The results' keys are these numbers as text. */
  readonly fprs?: readonly number[];
  /** For attackers that draw at random, an integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

/**
 * Attacks a target model and judges scores and decisions on its records, those that are audited if the set says which.
 * Every number is deterministic and independent of the order of the records; all intervals are over records. An attack that
 * has no cut is judged at the best one on these records, with an interval over all cuts, and a note says so.
 *
 * @param signals the target's outputs, alone or with other models on the same records
 * @param shadows models that the adversary trained as the target was trained, on records of their own; an attack on the
 *   outputs of one model sets its cuts on them
 * @throws UserError when signals are malformed (see `checkSignals`), the numbers of classes differ, the attack lacks what
 *   it needs or scores no member or no non-member, or a rate is outside [0, 1]
 *
 * @example
 * ```ts
 * import { attack, evaluateAttack } from 'ccl-lab';
 *
 * const labels = Int32Array.of(0, 1);
 * const target = { labels, logits: Float32Array.of(3, 0, 0, 1), members: Uint8Array.of(1, 0), n: 2, classes: 2 };
 * console.log(evaluateAttack(attack('loss'), target).auc.estimate); // prints 1
 * ```
 */
export function evaluateAttack(
  attack: Attack,
  signals: SignalSet | SignalArrays,
  shadows: readonly ModelSignals[] = [],
  { fprs = [0.01], seed = 1 }: EvaluationOptions = {},
): AttackResult {
  const set = withShadows(signalSet(signals), shadows);
  const found = attack.scores(set, { seed });
  const members = set.members[set.target];
  const kept = usableScores(found, members, set.audited);
  requireBothSides(attack, kept.members);
  const sides = sortedSides(kept.scores, kept.members);
  const atCuts = advantageAtCuts(found, kept);
  const advantage = atCuts ?? largestAdvantageInterval(kept.scores, kept.members);
  const { name, title, threatModel } = attack;
  return {
    name,
    title,
    threatModel,
    accuracy: accuracyOf(advantage),
    advantage,
    auc: auc(kept.scores, kept.members),
    tprAtFpr: Object.fromEntries(fprs.map((fpr) => [String(fpr), tprIntervalOfSides(sides, fpr)])),
    notes: notesOf(attack, found, set, kept),
    smallestFpr: smallestResolvableFpr(sides.nonMembers.length),
  };
}

function withShadows(set: SignalSet, shadows: readonly ModelSignals[]): SignalSet {
  if (shadows.length === 0) return set;
  for (const shadow of shadows) {
    checkSignals(shadow);
    if (shadow.classes === set.classes) continue;
    throw badInput(
      "the shadow model's number of classes",
      shadow.classes,
      `the target has ${set.classes} and both must share labels`,
      'Train the shadow model on the same classes',
    );
  }
  const joined = { ...set, shadows };
  shareStatistics(set, joined);
  return joined;
}

/** Of the records that are judged: how many the attack could not score, and whether its decisions have a cut of their own. */
function notesOf(
  { fittedOn }: Attack,
  { notes, usable, cuts }: AttackScores,
  { n, audited }: SignalSet,
  { records }: UsableScores,
): AttackNote[] {
  const judged = audited === undefined ? n : audited.reduce((sum, flag) => sum + flag, 0);
  const left = judged - records.length;
  return [
    ...(usable === undefined ? notes : []),
    ...(left === 0 ? [] : [{ code: 'unscored', records: left, of: judged } as const]),
    ...(cuts !== undefined && fittedOn !== 'target' ? [] : [{ code: 'best-cut' } as const]),
  ];
}

/** An attack's scores on the records where they mean something. */
export interface UsableScores {
  readonly scores: Float64Array;
  readonly members: Uint8Array;
  /** Positions of these records in the set. */
  readonly records: Int32Array;
}

/** Leaves out the records that the attack could not score, and those that are not audited. */
export function usableScores(
  { scores, usable }: AttackScores,
  members: Uint8Array,
  audited?: Uint8Array,
): UsableScores {
  const all = Int32Array.from(members.keys());
  if (usable === undefined && audited === undefined) return { scores, members, records: all };
  const records = all.filter((i) => usable?.[i] !== 0 && audited?.[i] !== 0);
  return {
    scores: Float64Array.from(records, (i) => scores[i]),
    members: Uint8Array.from(records, (i) => members[i]),
    records,
  };
}

/** TPR - FPR of the decisions, where the attack brought cuts. */
export function advantageAtCuts(
  { cuts }: AttackScores,
  { scores, members, records }: UsableScores,
): Interval | null {
  if (cuts === undefined) return null;
  const decisions = Uint8Array.from(records, (record, i) => (scores[i] >= cuts[record] ? 1 : 0));
  return advantage(countDecisions(decisions, members));
}

/** (TPR + TNR) / 2 = (advantage + 1) / 2, with the same interval. */
function accuracyOf({ estimate, low, high, method }: Interval): Interval {
  const scaled = (value: number): number => (value + 1) / 2;
  return {
    estimate: scaled(estimate),
    low: low === null ? null : scaled(low),
    high: high === null ? null : scaled(high),
    method,
  };
}

/**
 * Decisions and rates need both sides.
 *
 * @throws UserError where one is missing
 */
export function requireBothSides({ name }: Attack, members: Uint8Array): void {
  if (members.includes(1) && members.includes(0)) return;
  throw new UserError(
    `The attack ${name} could score no ${members.includes(1) ? 'non-members' : 'members'} here. ` +
      'Give more shadow models or a larger ensemble, or leave the attack out: what is trained stays.',
  );
}
