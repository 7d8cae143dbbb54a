import type { MethodResult, StudyResult } from '../experiments/study-result';
import type { Figure } from '../figures/figure';
import { escapeHtml } from '../figures/html-text';
import { attackTable, comparisonTable, runAttackTable, studyTable } from '../figures/study-tables';
import type { Table } from '../figures/table';

/** Pictures of a figure for viewers without scripts, for print, and until the live figure is drawn; base64 PNG. */
export interface FigurePictures {
  readonly light: string;
  readonly dark: string;
}

/** Characters; from here on the headline is set smaller. */
const longVerdict = 220;

/** The first thing on the page: what was found, and on what. */
export function headSection(result: StudyResult): string {
  const { data, methods, backend } = result;
  const runs = methods.reduce((sum, method) => sum + method.runs.length, 0);
  const kind = data.synthetic ? 'synthetic' : 'real';
  const facts = [
    `<li class="kind ${kind}">${kind} data</li>`,
    ...[
      data.title,
      `${count(methods.length, 'method')}, ${count(runs, 'target model')}`,
      `${data.partSize} members and ${data.partSize} non-members a model`,
      `${backend.name} backend`,
    ].map((fact) => `<li>${escapeHtml(fact)}</li>`),
  ];
  return `<header>
<p class="eyebrow">Membership inference study · ${escapeHtml(result.name)}</p>
<h1${result.verdict.length > longVerdict ? ' class="long"' : ''}>${escapeHtml(result.verdict)}</h1>
<ul class="facts">${facts.join('')}</ul>
</header>`;
}

export function threatSection(result: StudyResult): string {
  return section(
    'threat',
    'What the attacker can do',
    `<p>A membership inference attack guesses, for one record, whether a model was trained on it.</p>
<p>${escapeHtml(result.threatModel)}</p>`,
  );
}

export function tableSection(result: StudyResult): string {
  return section('table', 'Accuracy and privacy', scrolling(studyTable(result)));
}

export function comparisonSection(result: StudyResult): string {
  if (result.comparisons.length === 0) return '';
  const table = comparisonTable(result);
  return section('comparisons', table.title, scrolling(table));
}

export function attackSection(result: StudyResult): string {
  const runs = result.methods.flatMap((method) =>
    method.runs.map((run) => runDetails(method, run, result.data.synthetic)),
  );
  return section('attacks', 'All attacks', `${scrolling(attackTable(result))}<div>${runs.join('')}</div>`);
}

function runDetails(method: MethodResult, run: MethodResult['runs'][number], synthetic: boolean): string {
  const notes = [
    ...new Set(run.attacks.flatMap((attack) => attack.notes.map((note) => `${attack.title}: ${note}`))),
  ];
  const ways = [
    ...new Set(
      run.attacks.flatMap((attack) =>
        [attack.accuracy, attack.advantage, attack.auc, ...Object.values(attack.tprAtFpr)].map(
          ({ method: way }) => way,
        ),
      ),
    ),
  ];
  const table = runAttackTable(method.label, run, synthetic);
  return `<details><summary>${escapeHtml(table.title)}: each attack with intervals over records</summary>
${scrolling(table)}${list('Intervals', ways)}${list('Notes', notes)}</details>`;
}

/** A figure: the live one is drawn into the empty element; the pictures serve all who do not see it. */
export function figureSection(
  figure: Figure,
  id: string,
  pictures: FigurePictures | null,
  synthetic: boolean,
): string {
  const url = (png: string): string => `data:image/png;base64,${png}`;
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
<div class="live" id="${id}" role="img" aria-label="${escapeHtml(figure.alt)}" hidden></div>
<figcaption>${synthetic ? '<strong>Synthetic data.</strong> ' : ''}${escapeHtml(reading)}${
      command === undefined ? '' : ` Reproduce: <code>${escapeHtml(command)}</code>`
    }</figcaption>
</figure>`,
  );
}

export function settingsSection(result: StudyResult): string {
  const { data, backend, blocks } = result;
  const entries: (readonly [string, string])[] = [
    ['Model', result.model],
    ...Object.entries(result.settings).map(([name, value]) => [name, String(value)] as const),
    ['Data', `${data.title} (${data.name}), ${data.synthetic ? 'synthetic' : 'real'}`],
    ['Size', `${data.records} records, ${data.features} features, ${data.classes} classes`],
    ['Split', `${result.split}; parts of ${data.partSize} records`],
    ['Checksum', `SHA-256 ${data.sha256}`],
    ['Backend', `${backend.name}, ${backend.version}, ${count(backend.threads, 'thread')} a model`],
    ['Blocks', `${blocks.trained} trained, ${blocks.reused} reused from the store`],
  ];
  const rows = entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return section('settings', 'How it was made', `<dl>${rows.join('')}</dl>`);
}

export function reproduceSection(result: StudyResult): string {
  return section(
    'reproduce',
    'Do it again',
    `<p>In a clone of the laboratory, this command trains the same models (or finds them in the store) and writes this page. The same seeds, thread count and processor type give the same numbers.</p>
<pre><code>${escapeHtml(result.command)}</code></pre>`,
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
