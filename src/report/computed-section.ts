import { attackFromData, attackNames } from '../attacks/registry';
import type { StudyResult } from '../experiments/study-result';
import { stamp } from '../figures/study-tables';
import { Table } from '../figures/table';
import { computedWords, glossaryOf } from '../glossary';
import { losses } from '../losses/registry';
import { programWords, thisProgram } from '../provenance';
import { definedIn } from '../source-place';
import { scrolling, section } from './sections';

/** The numbers of a study, by their words in the glossary. */
const numbers = [
  ...['train accuracy', 'member loss', 'advantage', 'AUC', 'TPR at 1 % FPR', 'P1'],
  ...['t interval over seeds', 'p (Holm)', 'ROC curve'],
];

type Row = readonly [what: string, formula: string, place: string];
const own = 'in the code of the study';

/** How each number of a study is computed: formula, file and line of numbers, attacks and methods. */
export function computedSection(result: StudyResult): string {
  const rows = [...numberRows(), ...attackRows(result), ...methodRows(result)];
  const table = new Table({
    title: 'Formula, file and line',
    note: `${stamp(result)}Lines are those of ${programWords(thisProgram())}; npx ccl glossary, losses, attacks and defenses say them too.`,
    columns: ['Number', 'Formula', 'Computed in'].map((title) => ({ title, kind: 'text' as const })),
    rows: rows.map((row) => row.map((text) => ({ text }))),
  });
  return section(
    'computed',
    'How is this computed',
    `<details><summary>${rows.length} numbers, attacks and methods</summary>${scrolling(table)}</details>`,
  );
}

function numberRows(): Row[] {
  return glossaryOf(numbers).map((entry) => [
    entry.word,
    entry.formula ?? entry.meaning,
    computedWords(entry) ?? '',
  ]);
}

function attackRows({ defenses }: StudyResult): Row[] {
  const titles = new Map(
    defenses.flatMap(({ runs }) =>
      runs.flatMap(({ attacks }) => attacks.map(({ name, title }) => [name, title])),
    ),
  );
  return [...titles].map(([name, title]) => {
    const [family] = name.split(/[/ ]/);
    const isKnown = attackNames.some((each) => each === family);
    const formula = isKnown ? attackFromData(family).formula : own;
    return [`attack: ${title}`, formula, definedIn('attacks', family) ?? ''];
  });
}

function methodRows({ defenses }: StudyResult): Row[] {
  const titles = new Map(defenses.map(({ name, title }) => [name, title]));
  return [...titles].map(([name, title]) => {
    if (Object.prototype.hasOwnProperty.call(losses, name)) {
      return [`loss: ${name}`, losses[name as keyof typeof losses].formula, definedIn('losses', name) ?? ''];
    }
    const place = definedIn('defenses', name);
    return [`defense: ${name}`, place === null ? own : `${title}: npx ccl defenses ${name}`, place ?? ''];
  });
}
