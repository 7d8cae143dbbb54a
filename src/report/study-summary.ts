import type { StudyResult } from '../experiments/study-result';
import { advantageOf, attacksOf, type ShownMethods } from '../figures/study-data';
import { formatBounds, formatNumber } from '../figures/text';
import type { Interval } from '../metrics/interval';
import { studyVerdictWords } from '../wording';

/** What was found in one sentence: of many methods, about those that are shown. */
export function studyHeadline(result: StudyResult, { methods, words }: ShownMethods): string {
  return studyVerdictWords(words === '' ? result : { ...result, defenses: methods });
}

/** The study in a few sentences: what undefended models give away, and how parameters were chosen. */
export function studySummary(result: StudyResult, { words }: ShownMethods): string[] {
  const [{ label, summary }] = result.defenses;
  const { selections } = result;
  const attacked =
    `The baseline, ${label}, has test accuracy ${withBounds(summary.testAccuracy)}; the loss attack reaches advantage ` +
    `${withBounds(summary.advantage)} on it${strongestWords(result)}.`;
  const tuned =
    selections.length === 0
      ? []
      : [
          `Parameters of ${selections.length} ${selections.length === 1 ? 'method' : 'methods'} were chosen on shadow models, without a look at any target.`,
        ];
  return [attacked, ...tuned, ...(words === '' ? [] : [`${words} The tables hold all of them.`])];
}

function strongestWords({ defenses: [baseline] }: StudyResult): string {
  const attacks = attacksOf([baseline]).flatMap(({ name, title }) => {
    const advantage = advantageOf(baseline, name);
    return advantage === null ? [] : [{ title, advantage }];
  });
  if (attacks.length < 2) return '';
  const strongest = attacks.reduce((a, b) => (b.advantage.estimate > a.advantage.estimate ? b : a));
  return `, and ${strongest.title}, the strongest of ${attacks.length} attacks, ${withBounds(strongest.advantage)}`;
}

function withBounds(interval: Interval): string {
  const number = formatNumber(interval.estimate, 'proportion');
  return interval.low === null ? number : `${number} (${formatBounds(interval, 'proportion')})`;
}
