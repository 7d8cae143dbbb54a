import type { DefenseResult, StudyResult } from '../experiments/study-result';
import type { Figure } from '../figures/figure';
import { escapeHtml } from '../platform/formats/html-text';
import { programWords } from '../provenance';
import { type ShownMethods, advantageOf, attacksOf } from '../figures/study-data';
import {
  attackTable,
  canaryTable,
  comparisonTable,
  hasCanaries,
  runAttackTable,
  selectionTable,
  studyTable,
} from '../figures/study-tables';
import type { Table } from '../figures/table';
import {
  dataFileWords,
  intervalWords,
  attackNoteWords,
  settingsWords,
  threatWords,
  studyVerdictWords,
} from '../wording';
import { formatBounds, formatNumber } from '../figures/text';
import type { Interval } from '../metrics/interval';

/** Pictures of a figure for viewers without scripts, for print, and until the live figure is drawn; base64 WebP. */
export interface FigurePictures {
  readonly light: string;
  readonly dark: string;
}

/** Characters; from here on the headline is set smaller. */
const longVerdict = 220;
/** Rows of a table that are read at a glance; with more, those of the shown methods stand first and all are folded. */
const mostRows = 40;
/** Models whose own tables a page holds. */
const mostRuns = 60;

/** The first thing on the page: what was found, and on what. */
export function headSection(result: StudyResult, shown: ShownMethods): string {
  const headline = studyHeadline(result, shown);
  const { data, defenses, backend, settings } = result;
  const runs = defenses.reduce((sum, defense) => sum + defense.runs.length, 0);
  // In an ensemble every model is a target in turn.
  const targets = runs * (settings.ensemble ?? 1);
  const kind = data.synthetic ? 'synthetic' : 'real';
  const facts = [
    `<li class="kind ${kind}">${kind} data</li>`,
    ...[
      data.title,
      `${count(defenses.length, 'method')}, ${count(targets, 'target model')}`,
      `${data.partSize} members and ${data.partSize} non-members a model`,
      `${backend.name} backend`,
    ].map((fact) => `<li>${escapeHtml(fact)}</li>`),
  ];
  return `<header>
<p class="eyebrow">Membership inference study · ${escapeHtml(result.name)}</p>
<h1${headline.length > longVerdict ? ' class="long"' : ''}>${escapeHtml(headline)}</h1>
${studySummary(result, shown)
  .map((sentence) => `<p>${escapeHtml(sentence)}</p>`)
  .join('\n')}
<ul class="facts">${facts.join('')}</ul>
</header>`;
}

export function threatSection(result: StudyResult): string {
  return section(
    'threat',
    'What the attacker can do',
    `<p>A membership inference attack guesses, for one record, whether a model was trained on it.</p>
<p>${escapeHtml(threatWords(result))}</p>${list('What each attack uses', attackThreats(result))}`,
  );
}

/** The threat models of single attacks; attacks of one threat model together. */
function attackThreats({ defenses }: StudyResult): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { title, threatModel } of defenses.flatMap(({ runs }) =>
    runs.flatMap(({ attacks }) => attacks),
  )) {
    groups.set(threatModel, (groups.get(threatModel) ?? new Set()).add(title));
  }
  return [...groups].map(([threatModel, titles]) => `${[...titles].join(', ')}: ${threatModel}`);
}

export function tableSection(result: StudyResult, shown: ShownMethods): string {
  const words = shown.words === '' ? '' : `<p>${escapeHtml(shown.words)}</p>`;
  const table = studyTable({ ...result, defenses: shown.methods });
  return section('table', 'Accuracy and privacy', `${words}${scrolling(table)}`);
}

/** The same table with all methods, where the first one shows some of them. */
export function allMethodsSection(result: StudyResult, shown: ShownMethods): string {
  if (shown.words === '') return '';
  return section('all-methods', `All ${result.defenses.length} methods`, scrolling(studyTable(result)));
}

export function comparisonSection(result: StudyResult, shown: ShownMethods): string {
  const { comparisons } = result;
  if (comparisons.length === 0) return '';
  const table = comparisonTable(result);
  if (shown.words === '' || comparisons.length <= mostRows) {
    return section('comparisons', table.title, scrolling(table));
  }
  const keys = new Set(shown.methods.map(({ key }) => key));
  const first = comparisonTable({
    ...result,
    comparisons: comparisons.filter(({ defense }) => keys.has(defense)),
  });
  return section(
    'comparisons',
    table.title,
    `<p>${escapeHtml(shown.words)} p is corrected over all methods.</p>${scrolling(first)}
<details><summary>All ${comparisons.length} differences</summary><p>${escapeHtml(studyVerdictWords(result))}</p>${scrolling(table)}</details>`,
  );
}

export function selectionSection(result: StudyResult): string {
  if (result.selections.length === 0) return '';
  return section(
    'selections',
    'Parameters that the shadow models chose',
    `<p>Each family was tried with several settings. Its shadow models were attacked as if they were targets, and the setting with the largest P1 there was chosen: the targets were not looked at, so what they show of the chosen setting is as honest as if it had been the only one.</p>${scrolling(selectionTable(result))}`,
  );
}

export function canarySection(result: StudyResult): string {
  if (!hasCanaries(result)) return '';
  const kinds = result.defenses.flatMap(({ runs }) =>
    runs.flatMap(({ attacks }) =>
      attacks.flatMap((attack) =>
        [attack, ...Object.values(attack.canaries)].flatMap(({ tprAtFpr, auc }) => [
          auc,
          ...Object.values(tprAtFpr),
        ]),
      ),
    ),
  );
  return section(
    'canaries',
    'Canaries',
    `<p>Canaries are records made to be spotted, each a member of half of the models. All other numbers on this page leave them out: an average hides how exposed single records can be.</p>${scrolling(canaryTable(result))}${list('Intervals', [...new Set(kinds.map(({ method }) => intervalWords(method)))])}`,
  );
}

export function attackSection(result: StudyResult, shown: ShownMethods): string {
  const table = attackTable(result);
  const tables =
    shown.words === '' || table.rows.length <= mostRows
      ? scrolling(table)
      : `<p>${escapeHtml(shown.words)}</p>${scrolling(attackTable({ ...result, defenses: shown.methods }))}
<details><summary>All ${table.rows.length} rows</summary>${scrolling(table)}</details>`;
  const runs = result.defenses.reduce((sum, method) => sum + method.runs.length, 0);
  const single =
    runs > mostRuns
      ? `<p>The tables of the ${runs} single models are left out here; ${tablesCommand(result)} writes them.</p>`
      : `<div>${result.defenses
          .flatMap((method) => method.runs.map((run) => runDetails(method, run, result.data.synthetic)))
          .join('')}</div>`;
  return section('attacks', 'All attacks', `${tables}${single}`);
}

function tablesCommand({ command }: StudyResult): string {
  const word = studyWord(command);
  return word === null
    ? '<code>npx ccl study export</code>'
    : `<code>${escapeHtml(`npx ccl study export ${word}`)}</code>`;
}

export function leftOutSection(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return '';
  const sentences = leftOut.map((sentence) => `<p>${escapeHtml(sentence)}</p>`);
  return section('left-out', 'What is not shown', sentences.join(''));
}

function runDetails(method: DefenseResult, run: DefenseResult['runs'][number], synthetic: boolean): string {
  const notes = [
    ...new Set(
      run.attacks.flatMap((attack) =>
        attack.notes.map((note) => `${attack.title}: ${attackNoteWords(note)}`),
      ),
    ),
  ];
  const ways = [
    ...new Set(
      run.attacks.flatMap((attack) =>
        [attack.accuracy, attack.advantage, attack.auc, ...Object.values(attack.tprAtFpr)].map(
          ({ method: way }) => intervalWords(way),
        ),
      ),
    ),
  ];
  const table = runAttackTable(method.label, run, synthetic);
  return `<details><summary>${escapeHtml(table.title)}: each attack with intervals over records</summary>
${scrolling(table)}<p>Target in the store: <code>${escapeHtml(run.block)}</code></p>${list('Intervals', ways)}${list('Notes', notes)}</details>`;
}

/** A figure: the live one is drawn into the empty element; the pictures serve all who do not see it. */
export function figureSection(
  figure: Figure,
  id: string,
  pictures: FigurePictures | null,
  page: { readonly synthetic: boolean; readonly command?: string },
): string {
  const url = (webp: string): string => `data:image/webp;base64,${webp}`;
  const [reading, command] = figure.caption.split('\nReproduce: ');
  const picture =
    pictures === null
      ? `<noscript><p>${escapeHtml(figure.alt)}</p></noscript>`
      : `<picture><source media="screen and (prefers-color-scheme: dark)" srcset="${url(pictures.dark)}"><img src="${url(pictures.light)}" alt="${escapeHtml(figure.alt)}"></picture>`;
  return section(
    `${id}-section`,
    figure.title,
    `<figure>
${picture}
<div class="frame"><div class="live" id="${id}" role="img" aria-label="${escapeHtml(figure.alt)}" hidden></div></div>
<figcaption>${page.synthetic ? '<strong>Synthetic data.</strong> ' : ''}${escapeHtml(reading)}${
      command === undefined || command === page.command
        ? ''
        : ` Reproduce: <code>${escapeHtml(command)}</code>`
    }</figcaption>
</figure>`,
  );
}

export function settingsSection(result: StudyResult): string {
  const { data, backend, blocks } = result;
  const entries: (readonly [string, string])[] = [
    ['Model', result.model.label],
    ...settingsWords(result),
    ['Data', `${data.title} (${data.name}), ${data.synthetic ? 'synthetic' : 'real'}`],
    ['Size', `${data.records} records, ${data.features} features, ${data.classes} classes`],
    ['Split', `${result.settings.split.title}; parts of ${data.partSize} records`],
    ...(data.file === undefined ? [] : dataFileWords(data.file)),
    ['Checksum', `SHA-256 ${data.sha256}`],
    ['Backend', `${backend.name}, ${backend.version}, ${count(backend.threads, 'thread')} a model`],
    // Exports of earlier versions counted none.
    ...(blocks.trained + blocks.reused === 0
      ? []
      : [['Blocks', `${blocks.trained} trained, ${blocks.reused} reused from the store`] as const]),
  ];
  const { made } = result;
  if (made !== undefined) {
    entries.push(['Program', programWords(made.program)], ['Study', `SHA-256 ${made.sha256}`]);
  }
  const study =
    made === undefined
      ? ''
      : `<details><summary>The study as data</summary><pre>${escapeHtml(JSON.stringify(made.study, null, 1))}</pre></details>`;
  const rows = entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return section('settings', 'How it was made', `<dl>${rows.join('')}</dl>${study}`);
}

export function reproduceSection(result: StudyResult, made?: string): string {
  const lines = studyCommands(result.command, made).map(
    ({ command, does }) => `<p><code>${escapeHtml(command)}</code><br>${escapeHtml(does)}</p>`,
  );
  return section(
    'reproduce',
    'Do it again',
    `<p>In a clone of the laboratory. The same seeds, thread count and processor type give the same numbers.</p>
<div class="commands">${lines.join('\n')}</div>`,
  );
}

export function section(id: string, title: string, inside: string): string {
  return `<section aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeHtml(title)}</h2>\n${inside}\n</section>`;
}

/** Wide tables scroll inside their own box, by keyboard too. */
export function scrolling(table: Table): string {
  return `<div class="scroll" role="region" aria-label="${escapeHtml(table.title)}" tabindex="0">${table.toHTML()}</div>`;
}

export function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<p>${title}:</p><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A command line of a page and what it does, as the end of a sentence. */
export interface PageCommand {
  readonly command: string;
  readonly does: string;
}

/** The study that a command runs, as a word of a shell: its name or file; null if the command is of another kind. */
export function studyWord(command: string): string | null {
  if (command === 'npm start') return 'first-look';
  return /^npx ccl (?:study run|start --study) ((?:'[^']*'|\\'|[^\s'])+)/.exec(command)?.[1] ?? null;
}

/**
 * The commands that make a study's numbers again.
 *
 * @param command the one that the result names
 * @param made the one that wrote the page, if another
 */
export function studyCommands(command: string, made?: string): PageCommand[] {
  const word = studyWord(command);
  const again = { command, does: 'trains the same models, or finds them in the store, and attacks them' };
  const around: PageCommand[] =
    word === null
      ? [again]
      : [
          { command: `npx ccl study plan ${word}`, does: 'tells time and disk before, and trains nothing' },
          again,
          {
            command: `npx ccl study report ${word}`,
            does: 'writes this page from what lies in the store, and trains nothing',
          },
          { command: `npx ccl study export ${word}`, does: 'writes all numbers as tables' },
        ];
  if (made === undefined || around.some((line) => line.command === made)) return around;
  return [...around, { command: made, does: 'wrote this page' }];
}

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
