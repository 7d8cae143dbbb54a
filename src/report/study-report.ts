import { resolve } from 'node:path';
import type { StudyResult } from '../experiments/study-result';
import { shownMethods } from '../figures/study-data';
import { makeFolderFor, writeFileWhole } from '../platform/formats/write-file';
import { pageFigures, reportPage } from './report-page';
import {
  allMethodsSection,
  attackSection,
  canarySection,
  comparisonSection,
  headSection,
  leftOutSection,
  reproduceSection,
  selectionSection,
  settingsSection,
  tableSection,
  threatSection,
  scrolling,
  section,
} from './sections';
import { studyPageFigures } from './study-page-figures';
import { privacySpent } from '../experiments/privacy-spent';
import { Table } from '../figures/table';
import type { TableCell } from '../figures/table-cells';
import { attackFromData, attackNames } from '../attacks/registry';
import { stamp } from '../figures/study-tables';
import { computedWords, glossaryOf } from '../glossary';
import { losses } from '../losses/registry';
import { programWords, thisProgram } from '../provenance';
import { definedIn } from '../source-place';

export interface StudyReportOptions {
  /** The command that writes the page, where it is another than the result's own. */
  readonly made?: string;
}

/**
 * The report of a study as one HTML page: verdict, threat models, tables, live figures with pictures beneath, settings,
 * commands; each only where the result has what it needs. Of many methods, tables of all are folded and figures of single
 * methods show a few. All text in `result` is escaped.
 */
export async function studyReportHtml(
  result: StudyResult,
  { made }: StudyReportOptions = {},
): Promise<string> {
  const shown = shownMethods(result);
  const { overview, chosen, methods, leftOut } = studyPageFigures(result, shown);
  const figures = await pageFigures([...overview, ...chosen, ...methods], {
    synthetic: result.data.synthetic,
  });
  const sections = figures.map((figure) => figure.section);
  const [overviewEnd, chosenEnd] = [overview.length, overview.length + chosen.length];
  const body = [
    headSection(result, shown),
    threatSection(result),
    tableSection(result, shown),
    ...sections.slice(0, overviewEnd),
    privacySection(result),
    selectionSection(result),
    ...sections.slice(overviewEnd, chosenEnd),
    comparisonSection(result, shown),
    canarySection(result),
    ...sections.slice(chosenEnd),
    allMethodsSection(result, shown),
    attackSection(result, shown),
    leftOutSection(leftOut),
    computedSection(result),
    settingsSection(result),
    reproduceSection(result, made),
  ].join('\n');
  const title = `${result.name}: membership inference study${result.data.synthetic ? ' (synthetic data)' : ''}`;
  return reportPage({ title, body, figures });
}

/** The file name of a study's report. */
export function reportName(study: string): string {
  return `${study.replace(/[^\w.-]+/g, '-')}.html`;
}

/**
 * Writes the report (under a temporary name, then renamed) and returns its absolute path.
 *
 * @throws UserError when the folder cannot be made or written, or the disk is full
 */
export async function writeStudyReport(
  result: StudyResult,
  path: string,
  options: StudyReportOptions = {},
): Promise<string> {
  const target = resolve(path);
  makeFolderFor(target);
  writeFileWhole(target, await studyReportHtml(result, options));
  return target;
}

/** Epsilon, delta, noise and steps of each method with DP-SGD; empty without one. */
export function privacySection(result: StudyResult): string {
  const spent = privacySpent(result);
  if (spent.length === 0) return '';
  const table = new Table({
    title: 'What DP-SGD guarantees',
    note:
      'Of one training, to its last epoch: no attack tells whether one record was added or removed better than epsilon and ' +
      'delta allow; an epsilon above ten allows nearly everything. The noise comes from a seed, so this accounts for the ' +
      'experiment and protects nobody.',
    columns: [
      { title: 'method', kind: 'label' },
      { title: 'epsilon', kind: 'number' },
      { title: 'delta', kind: 'number' },
      { title: 'noise', note: 'deviation by clip norm', kind: 'number' },
      { title: 'steps', kind: 'number' },
      { title: 'sample rate', kind: 'number' },
    ],
    rows: spent.map(({ label, epsilon, delta, noiseMultiplier, steps, sampleRate }): TableCell[] => [
      { text: label },
      { text: Number.isFinite(epsilon) ? String(Number(epsilon.toPrecision(3))) : 'none' },
      { text: String(delta) },
      { text: String(Number(noiseMultiplier.toPrecision(4))) },
      { text: String(steps) },
      { text: String(Number(sampleRate.toPrecision(3))) },
    ]),
  });
  return section('privacy', 'Differential privacy', scrolling(table));
}

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
