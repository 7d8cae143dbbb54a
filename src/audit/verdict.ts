import { smallestDetectableAuc, smallestDetectableTpr } from '../metrics/detectable-effect';
import { smallestResolvableFpr } from '../metrics/tpr-at-fpr';
import type { AuditedAttack, AuditVerdict, ShiftCheck, StrongestAttack } from './audit-result';

/** «Leak» is said below this corrected p: one false alarm in a hundred audits of models that leak nothing. */
const leakLevel = 0.01;

export interface Findings {
  readonly members: number;
  readonly nonMembers: number;
  readonly selfCheckPassed: boolean;
  readonly shift: ShiftCheck;
  readonly strongest: StrongestAttack | null;
  readonly attacks: readonly AuditedAttack[];
}

/** The answer in plain words. It never says that a model is safe: absence of evidence comes with what would have been seen. */
export function verdict(findings: Findings): AuditVerdict {
  const { selfCheckPassed, shift, strongest } = findings;
  if (!selfCheckPassed) {
    return {
      kind: 'self-check failed',
      headline: 'This audit failed its own checks; its numbers must not be used.',
      sentences: ['See the self-checks below, and report the case.'],
    };
  }
  if (strongest === null) {
    return {
      kind: 'cannot tell',
      headline: 'No attack could run on these signals.',
      sentences: ['The list of attacks that did not run says what each of them lacks.'],
    };
  }
  const found = strongestSentence(findings, strongest);
  if (shift.outcome === 'shift') {
    return {
      kind: 'cannot tell',
      headline: 'Cannot tell leakage from distribution shift.',
      sentences: [
        shift.sentence,
        found,
        'Audit again with members and non-members drawn from one pool by chance.',
      ],
    };
  }
  if (strongest.correctedPValue < leakLevel) {
    return {
      kind: 'leak',
      headline: 'The outputs of this model give away which records it was trained on.',
      sentences: [found, ...lowFprSentence(findings, strongest), shift.sentence],
    };
  }
  return {
    kind: 'no leak found',
    headline: 'No leakage found by these attacks on these records.',
    sentences: [found, detectableSentence(findings, strongest.among), shift.sentence],
  };
}

function strongestSentence(
  { attacks }: Findings,
  { name, auc, correctedPValue, among }: StrongestAttack,
): string {
  const title = attacks.find((attack) => attack.name === name)?.title ?? name;
  const interval =
    auc.low === null || auc.high === null
      ? ''
      : ` (95 % interval ${auc.low.toFixed(3)} to ${auc.high.toFixed(3)})`;
  const choice = among === 1 ? '' : `, corrected for the choice among ${among} attacks`;
  const p = correctedPValue < 0.001 ? 'p < 0.001' : `p = ${correctedPValue.toFixed(3)}`;
  return `The strongest attack, ${title} (${name}), ranks a member above a non-member with probability ${auc.estimate.toFixed(3)}${interval}; by chance it would be 0.5 (${p}${choice}).`;
}

function lowFprSentence({ attacks }: Findings, { name }: StrongestAttack): string[] {
  const rates = attacks.find((attack) => attack.name === name)?.tprAtFpr ?? {};
  const smallest = Object.entries(rates)
    .filter(([, { low }]) => low !== null)
    .sort(([a], [b]) => Number(a) - Number(b))[0];
  if (smallest === undefined) return [];
  const [fpr, { estimate, low, high }] = smallest;
  return [
    `With ${100 * Number(fpr)} % of non-members falsely accused, it names ${(100 * estimate).toFixed(1)} % of the members (${(100 * (low as number)).toFixed(1)} to ${(100 * (high as number)).toFixed(1)} %).`,
  ];
}

/** The smallest effect that would have been called a leak four times in five. */
function detectableSentence(
  { members, nonMembers }: Pick<Findings, 'members' | 'nonMembers'>,
  attacks: number,
): string {
  const options = { members, nonMembers, error: leakLevel, power: 0.8, attacks };
  const area = smallestDetectableAuc(options);
  const resolvable = [0.001, 0.01, 0.1].find((fpr) => fpr >= smallestResolvableFpr(nonMembers));
  const tpr = resolvable === undefined ? null : smallestDetectableTpr(resolvable, options);
  const low =
    tpr === null || resolvable === undefined
      ? ''
      : `, or ${(100 * tpr).toFixed(1)} % of the members named at a false positive rate of ${100 * resolvable} %`;
  return `With ${members} members and ${nonMembers} non-members, the smallest effect that would have been seen with 80 % chance is an AUC of ${area.toFixed(3)}${low}; a smaller leak, or a stronger attack, is not ruled out.`;
}
