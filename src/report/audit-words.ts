import type { AuditedEvidence, AuditResult } from '../audit/audit-result';

/** The verdict in plain words. */
export interface VerdictWords {
  readonly headline: string;
  /** What it rests on, and the smallest effect that this audit could have seen. */
  readonly sentences: readonly string[];
}

type Judged = Pick<AuditResult, 'verdict' | 'leakTest' | 'attacks' | 'shift' | 'data'>;

/** The answer in plain words. They never say that a model is safe: absence of evidence comes with what would have been seen. */
export function verdictWords(result: Judged): VerdictWords {
  const { verdict, shift } = result;
  switch (verdict.because) {
    case 'self-check':
      return {
        headline: 'This audit failed its own checks; its numbers must not be used.',
        sentences: ['See the self-checks below, and report the case.'],
      };
    case 'nothing ran':
      return {
        headline: 'No attack could run on these signals.',
        sentences: ['The list of attacks that did not run says what each of them lacks.'],
      };
    case 'shift':
      return {
        headline: 'Cannot tell leakage from distribution shift.',
        sentences: [
          shift.sentence,
          ...evidenceSentences(result),
          'Audit again with members and non-members drawn from one pool by chance.',
        ],
      };
    case 'leak test':
      return verdict.kind === 'leak'
        ? {
            headline: 'The outputs of this model give away which records it was trained on.',
            sentences: [...evidenceSentences(result), shift.sentence],
          }
        : {
            headline: 'No leakage found by these attacks on these records.',
            sentences: [...evidenceSentences(result), detectableSentence(result), shift.sentence],
          };
  }
}

/** The rate at which a leak of few records is told. */
const toldFpr = 0.01;

/** The most surprising number, then the AUC and the TPR at 1 % where these are others. */
function evidenceSentences({ leakTest, attacks }: Judged): string[] {
  if (leakTest === null) return [];
  const [first, ...others] = leakTest.evidence;
  const more = others.filter(({ statistic, fpr }) => statistic === 'auc' || fpr === toldFpr);
  const titleOf = (name: string): string => attacks.find((attack) => attack.name === name)?.title ?? name;
  const choice =
    leakTest.attacks === 1
      ? 'corrected for the choice among the numbers of this attack'
      : `corrected for the choice among all numbers of ${leakTest.attacks} attacks`;
  return [
    `The strongest attack, ${titleOf(first.attack)} (${first.attack}), ${does(first)}; ${chance(first.correctedPValue)} (${choice}).`,
    ...more.map(
      (one) =>
        `By ${one.statistic === 'auc' ? 'the ranking as a whole' : `the members named at ${percent(toldFpr)} false accusations`} the strongest is ${one.attack === first.attack ? 'the same attack, which' : `${one.attack}, which`} ${does(one)} (corrected p ${short(one.correctedPValue)}).`,
    ),
  ];
}

function does({ statistic, fpr, side, value }: AuditedEvidence): string {
  if (statistic === 'auc') {
    return `ranks a member above a non-member with probability ${value.estimate.toFixed(3)}${interval(value, (end) => end.toFixed(3))}, where chance gives 0.5`;
  }
  const turned = side === 'high' ? '' : ', read the other way round (members have the lower scores),';
  const share = `${percent(value.estimate)} of the members${interval(value, percent)}`;
  return fpr === 0
    ? `places${turned} ${share} beyond every non-member`
    : `names${turned} ${share} with ${percent(fpr as number)} of the non-members falsely accused`;
}

function interval({ low, high }: AuditedEvidence['value'], words: (end: number) => string): string {
  return low === null || high === null ? '' : ` (95 % interval ${words(low)} to ${words(high)})`;
}

function chance(p: number): string {
  return `chance alone does as much in ${p < 0.001 ? 'fewer than 1 in 1,000' : percent(p) + ' of the'} audits`;
}

function short(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(share < 0.00995 ? 2 : 1))} %`;
}

function detectableSentence({ leakTest, data }: Judged): string {
  if (leakTest === null) return '';
  const { power, auc, exposed } = leakTest.detectable;
  const few = exposed === null ? '' : `, or ${percent(exposed)} of the members fully exposed`;
  return `With ${data.members} members and ${data.nonMembers} non-members, the smallest leak in one attack that would have been seen with ${percent(power)} chance is an AUC of ${auc.toFixed(3)}${few}; a smaller leak, or a stronger attack, is not ruled out.`;
}
