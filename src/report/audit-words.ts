import type {
  AuditedEvidence,
  AuditNote,
  AuditResult,
  ColumnsNote,
  UnknownClassesNote,
} from '../audit/audit-result';
import { fewestUnits } from '../audit/dealt-units';
import type { GateOutcome } from '../audit/gate';
import { sizeRule } from '../audit/verdict';
import { intervalWords } from '../wording';

/** The verdict in plain words. */
export interface VerdictWords {
  readonly headline: string;
  /** What it rests on, and the smallest effect that this audit could have seen. */
  readonly sentences: readonly string[];
}

type Judged = Pick<AuditResult, 'verdict' | 'leakTest' | 'attacks' | 'shift' | 'data' | 'accuracy'>;

/** The answer in plain words. They never say that a model is safe: absence of evidence comes with what would have been seen. */
export function verdictWords(result: Judged): VerdictWords {
  const { headline, sentences } = wordsOf(result);
  return { headline, sentences: sentences.filter((sentence) => sentence !== '') };
}

function wordsOf(result: Judged): VerdictWords {
  const { verdict, shift, data } = result;
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
    case 'same outputs':
      return sameOutputsWords(result);
    case 'few groups':
      return {
        headline: 'Nothing can be told apart: there are too few groups.',
        sentences: [
          groupsSentence(result),
          `With fewer than ${fewestUnits} groups a side, what all records of a group have in common looks like membership. Audit again with more groups, or with members and non-members in each group.`,
          accuracySentence(result),
        ],
      };
    case 'few records':
      return {
        headline: 'Nothing can be told apart: there are too few records.',
        sentences: [
          `With ${sidesWords(data)} not even an attack that places every member beyond every non-member would be beyond chance. Audit again with more records of both kinds: ten a side show a strong leak, hundreds a weak one.`,
          ...evidenceSentences(result),
          accuracySentence(result),
        ],
      };
    case 'shift':
      return {
        headline: 'Cannot tell leakage from distribution shift.',
        sentences: [
          shift.sentence,
          ...evidenceSentences(result),
          accuracySentence(result),
          'Audit again with members and non-members drawn from one pool by chance.',
        ],
      };
    case 'leak test':
      return {
        headline: headlineOf(result),
        sentences: [
          ...evidenceSentences(result),
          ...(result.data.dealtGroups === null ? [] : [groupsSentence(result)]),
          ...(verdict.size === null ? [detectableSentence(result)] : [sizeSentence(verdict.size)]),
          accuracySentence(result),
          shiftSentence(result),
        ],
      };
  }
}

function sameOutputsWords(result: Judged): VerdictWords {
  return {
    headline: 'Nothing can be told apart: the model answers every record alike.',
    sentences: [
      'No attack tells any two records apart by these outputs, or they are the same for all records to the last digit. These are hardly the answers of a model that was trained: export them again.',
      accuracySentence(result),
    ],
  };
}

function headlineOf({ verdict }: Judged): string {
  if (verdict.size === null) return 'No leakage found by these attacks on these records.';
  const { kind, size, side } = verdict;
  const isTurned = side === 'low';
  return kind === 'leak'
    ? `A ${size} leak: the outputs of this model give away which records it was trained on${isTurned ? ', the wrong way round (members get the lower scores)' : ''}.`
    : `The two sides can be told apart${isTurned ? ' the wrong way round, members getting the lower scores' : ''} (a ${size} difference); whether by training or by a shift cannot be told.`;
}

function sizeSentence(size: 'small' | 'medium' | 'large'): string {
  const { medium, large } = sizeRule;
  const rule = ({ auc, tpr }: { readonly auc: number; readonly tpr: number }): string =>
    `an AUC of ${auc} or ${percent(tpr)} of the members named`;
  return `Called ${size}: medium begins at ${rule(medium)} at 1 % false accusations, large at ${rule(large)}.`;
}

/** Rates at which a leak of few records is told, the usual one first. */
const toldFpr = 0.01;

/** The most surprising number, then the AUC and the TPR at 1 % where these are others. */
function evidenceSentences({ leakTest, attacks }: Judged): string[] {
  if (leakTest === null) return [];
  const { level } = leakTest;
  const [first, ...others] = leakTest.evidence;
  const more = others.filter(({ statistic, fpr }) => statistic === 'auc' || fpr === toldFpr);
  const titleOf = (name: string): string => attacks.find((attack) => attack.name === name)?.title ?? name;
  const choice =
    leakTest.attacks === 1
      ? 'corrected for the choice among the numbers of this attack'
      : `corrected for the choice among all numbers of ${leakTest.attacks} attacks, as its interval is`;
  return [
    `The strongest attack, ${titleOf(first.attack)} (${first.attack}), ${does(first)}; by chance alone ${chance(first.correctedPValue)} audits would find as much (p ${short(first.correctedPValue)}, ${choice}).`,
    ...more.map((one) => {
      const who = one.attack === first.attack ? 'it' : one.attack;
      const words = `${who} ${does(one)} (corrected p ${short(one.correctedPValue)})`;
      const what = one.statistic === 'auc' ? 'As a ranking of all records' : 'Of few records at a time';
      return one.correctedPValue < level
        ? `${what}, ${words}.`
        : `${what}, no attack is beyond chance: ${words}.`;
    }),
  ];
}

function does({ statistic, fpr, side, value }: AuditedEvidence): string {
  if (statistic === 'auc') {
    return `ranks a member above a non-member with probability ${value.estimate.toFixed(3)}${interval(value, (end) => end.toFixed(3))}, where chance gives 0.5`;
  }
  const turned = side === 'high' ? '' : ' by its lowest scores';
  const share = `${percent(value.estimate)} of the members${interval(value, percent)}`;
  return fpr === 0
    ? `places ${share}${turned} beyond every non-member`
    : `names ${share}${turned} with ${percent(fpr as number)} of the non-members falsely accused`;
}

function interval({ low, high }: AuditedEvidence['value'], words: (end: number) => string): string {
  return low === null || high === null ? '' : ` (95 % interval ${words(low)} to ${words(high)})`;
}

function chance(p: number): string {
  return p < 0.001 ? 'fewer than 1 in 1,000' : `${percent(p)} of the`;
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
  const seen = [
    ...(auc === null ? [] : [`an AUC of ${auc.toFixed(3)}`]),
    ...(exposed === null ? [] : [`${percent(exposed)} of the members fully exposed`]),
  ];
  return `With ${sidesWords(data)}, the smallest leak in one attack that would have been seen with ${percent(power)} chance is ${seen.join(', or ')}; a smaller leak, or a stronger attack, is not ruled out.`;
}

function sidesWords({ members, nonMembers }: Judged['data']): string {
  return `${members} ${members === 1 ? 'member' : 'members'} and ${nonMembers} ${nonMembers === 1 ? 'non-member' : 'non-members'}`;
}

function groupsSentence({ data: { dealtGroups, members, nonMembers } }: Judged): string {
  const own = dealtGroups?.members ?? 0;
  const others = dealtGroups?.nonMembers ?? 0;
  return `Each group lies on one side, so groups and not records were dealt: the ${members} members are ${own} groups, the ${nonMembers} non-members ${others}. Tests and intervals go over groups.`;
}

const swapped =
  'The model is surer of the non-members than of the members, which training does not do by itself: the two sides may be swapped, or the members may be other records than those it was trained on.';

function accuracySentence({ verdict, accuracy }: Judged): string {
  if (accuracy === null) return verdict.maybeSwapped ? swapped : '';
  const { members, nonMembers, difference } = accuracy;
  const { low, high } = difference;
  const differs = low !== null && high !== null && (low > 0 || high < 0);
  const words = `The model is right on ${percent(members)} of the members and on ${percent(nonMembers)} of the non-members${differs ? '' : ', which may be chance'}.`;
  return verdict.maybeSwapped ? `${words} ${swapped}` : words;
}

function shiftSentence({ shift }: Judged): string {
  return shift.outcome === 'no shift seen'
    ? 'Models that were trained without this difference between the two sides rank members and non-members alike, so a shift does not explain what the attacks see.'
    : shift.sentence;
}

/** A note in words. */
export function noteWords(note: AuditNote): string {
  switch (note.code) {
    case 'columns':
      return columnsWords(note);
    case 'unknown classes':
      return unknownClassesWords(note);
    case 'no better than guessing':
      return `The model is right on ${percent(note.accuracy)} of its members, no more than answers that have nothing to do with the labels (${percent(note.byChance)}): the rows of outputs may stand in another order than the labels, or be those of another model. What is said below holds only if they belong together.`;
  }
}

function unknownClassesWords({ found }: UnknownClassesNote): string {
  const shown = 5;
  const each = found
    .slice(0, shown)
    .map(
      ({ model, file, label, records }) =>
        `model ${model}${file === null ? '' : ` of ${file}`}, class ${label} (${records} records)`,
    );
  const more = found.length > shown ? `; and ${found.length - shown} more` : '';
  return `The least probability there is, the same for all records of a class, says that a model knows nothing of the class: ${each.join('; ')}${more}. Records of a class are not compared with such models.`;
}

function columnsWords({ accuracy, otherAccuracy, labelOfColumn }: ColumnsNote): string {
  const classes = labelOfColumn.length;
  const roll = labelOfColumn[0];
  const isRoll = labelOfColumn.every((label, column) => label === (column + roll) % classes);
  const shown = 12;
  const how = isRoll
    ? `label 0 in column ${(classes - roll) % classes} and the others following`
    : `column by column the labels ${labelOfColumn.slice(0, shown).join(', ')}${classes > shown ? ', ...' : ''}`;
  return `The output columns and the labels do not seem to belong together: the largest output is that of the label for ${percent(accuracy)} of the records, with ${how} for ${percent(otherAccuracy)}. Put the columns in the order of the labels and audit again.`;
}

/** What a gate compared with what, or why that could not be done. */
export function gateWords(
  { gate, failed, because, attack, value, turned }: GateOutcome,
  { verdict, attacks, epsilon, notRun }: AuditResult,
): string {
  if (gate.metric === 'verdict') return `the verdict is ${verdict.kind}`;
  const end = gate.end === 'estimate' ? '' : `${gate.end} end of `;
  const rate = gate.rate === undefined ? '' : `@${gate.rate}`;
  const whose = attack === null ? '' : ` of ${attack}${turned ? ', read the other way round,' : ''}`;
  const what = `${end}${gate.metric}${rate}${whose}`;
  switch (because) {
    case 'compared':
      return `${what} is ${value!.toPrecision(4)}, which is ${failed ? '' : 'not '}${gate.operator} ${gate.bound}`;
    case 'no bound of epsilon':
      return `no lower bound of epsilon is valid here (${epsilon.map(({ name, reason }) => `${name}: ${reason}`).join('; ')})`;
    case 'did not run': {
      const reasons = notRun.filter(({ name }) => name === gate.attack || name.split('/')[0] === gate.attack);
      return `nothing ran to compare${reasons.map(({ name, reason }) => `; ${name} ${reason}`).join('')}`;
    }
    default: {
      const found = attacks.find(({ name }) => name === attack);
      const rates = gate.metric === 'tpr' ? found?.tprAtFpr : found?.tnrAtFnr;
      const method = rates?.[gate.rate ?? '']?.method;
      const why =
        gate.end === 'low' && method?.name === 'outermost-cuts'
          ? `with ${method.of} records on that side the true cut may lie beyond all of them, so the lower end is 0 whatever the scores; ${Math.ceil(Math.log(0.0125) / Math.log1p(-Number(gate.rate)))} are enough`
          : method === undefined
            ? 'no interval is valid'
            : intervalWords(method);
      return `${what} cannot be compared with ${gate.bound}: ${why}`;
    }
  }
}
