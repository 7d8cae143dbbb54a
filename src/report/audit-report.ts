import { resolve } from 'node:path';
import type { AuditResult } from '../audit/audit-result';
import { agreementFigure } from '../figures/agreement';
import { auditRocFigure } from '../figures/audit-roc';
import { scoreHistogramFigure } from '../figures/score-histogram';
import { writeFileWhole } from '../platform/formats/write-file';
import { pageFigures, reportPage } from './report-page';
import { shiftLevel } from '../audit/shift-check';
import { auditTable, numberCell } from '../figures/audit-table';
import { escapeHtml } from '../platform/formats/html-text';
import { Table } from '../figures/table';
import type { TableCell } from '../figures/table-cells';
import { formatNumber, formatP } from '../figures/text';
import { noteWords, verdictWords } from './audit-words';
import { count, list, scrolling, section } from './sections';
import { glossaryOf, glossaryText } from '../glossary';
import { signalNoteText } from '../signals/signal-set';
import { attackNoteWords, intervalWords } from '../wording';

/**
 * The report of an audit as one HTML page: the verdict in plain words first, then what it rests on. All text in
 * `result` (file and group names are anybody's) is escaped.
 */
export async function auditReportHtml(result: AuditResult): Promise<string> {
  const ran = result.attacks.length > 0;
  const agreement = result.exposed === null ? null : agreementFigure(result);
  const drawn = [
    ...(result.curves.length > 0 ? [auditRocFigure(result)] : []),
    ...(result.histograms.length > 0 ? [scoreHistogramFigure(result)] : []),
    ...(agreement === null ? [] : [agreement]),
  ];
  const figures = await pageFigures(drawn, { synthetic: result.data.synthetic, command: result.command });
  const sections = figures.map((figure) => figure.section);
  const body = [
    auditHead(result),
    ...sections.slice(0, 1),
    attacksSection(result),
    ...sections.slice(1),
    ran ? exposedSection(result) : '',
    slicesSection(result),
    shiftSection(result),
    epsilonSection(result),
    trustSection(result),
    auditReproduceSection(result),
  ].join('\n');
  return reportPage({ title: 'Membership inference audit', body, figures });
}

/**
 * Writes the report (under a temporary name, then renamed) and returns its absolute path.
 *
 * @throws UserError when the folder cannot be made or written, or the disk is full
 */
export async function writeAuditReport(result: AuditResult, path: string): Promise<string> {
  const target = resolve(path);
  writeFileWhole(target, await auditReportHtml(result));
  return target;
}

const longHeadline = 120;

/** The first thing on the page: the verdict and what it rests on. */
export function auditHead(result: AuditResult): string {
  const { data } = result;
  const { headline, sentences } = verdictWords(result);
  const kind = data.synthetic ? ['<li class="kind synthetic">synthetic data</li>'] : [];
  const facts = [
    count(data.members, 'member'),
    count(data.nonMembers, 'non-member'),
    count(data.classes, 'class').replace(/classs$/, 'classes'),
    `${count(data.models, 'model')}, number ${data.target} attacked`,
  ].map((fact) => `<li>${escapeHtml(fact)}</li>`);
  const size = headline.length > longHeadline ? ' class="long"' : '';
  return `<header>
<p class="eyebrow">Membership inference audit</p>
<h1${size}>${escapeHtml(headline)}</h1>
${result.notes.map((note) => `<p class="warning"><strong>${escapeHtml(noteWords(note))}</strong></p>`).join('\n')}
${sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('\n')}
<ul class="facts">${[...kind, ...facts].join('')}</ul>
${inputNotes(data)}
</header>`;
}

function inputNotes({ notes }: AuditResult['data']): string {
  if (notes.length === 0) return '';
  const title = 'How the files were read';
  return `<details open><summary>${title}</summary>${list(title, notes.map(signalNoteText))}</details>`;
}

/** What each adversary knows; attacks of one threat model together. */
function threatModels({ attacks }: AuditResult): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, threatModel, fittedOn, cost } of attacks) {
    const fitted =
      fittedOn === 'target' ? " Fitted on the target's own membership: no adversary can do this." : '';
    const words = `${threatModel}${fitted} Cost: ${cost.queries}; models: ${cost.models}.`;
    groups.set(words, [...(groups.get(words) ?? []), name]);
  }
  return [...groups].map(([words, names]) => `${names.join(', ')}: ${words}`);
}

/** Rows that are read at a glance; the others are folded. */
const mostRows = 10;

/** The words of the page. */
const words = [
  ...[
    'member',
    'attack',
    'target',
    'in-model',
    'logits',
    'TPR',
    'ROC curve',
    'AUC',
    'TPR at 1 % FPR',
    'TNR at 1 % FNR',
    'advantage',
    '95 % interval',
    'corrected p',
  ],
  ...['upper bound', 'shift', 'epsilon', 'calibration error', 'Brier score', 'threat model'],
];

function attackTables(result: AuditResult): string {
  const { attacks } = result;
  if (attacks.length === 0) return '<p>None ran.</p>';
  if (attacks.length <= mostRows) return scrolling(auditTable(result));
  return `${scrolling(auditTable(result, mostRows))}
<details><summary>All ${attacks.length} attacks</summary>${scrolling(auditTable(result))}</details>`;
}

export function attacksSection(result: AuditResult): string {
  const methods = [
    ...new Set(
      result.attacks.flatMap(({ auc, tprAtFpr }) =>
        [auc, ...Object.values(tprAtFpr)].map(({ method }) => intervalWords(method)),
      ),
    ),
  ];
  const notes = result.attacks.flatMap(({ name, notes: all }) =>
    all.map((note) => `${name}: ${attackNoteWords(note)}`),
  );
  const skipped = result.notRun.map(({ name, reason }) => `${name} ${reason}`);
  return section(
    'attacks',
    result.attacks.length > mostRows ? 'The strongest attacks' : 'All attacks',
    `${attackTables(result)}
<details><summary>What the words mean</summary>${list('Words', glossaryOf(words).map(glossaryText))}</details>
<details><summary>Threat models</summary>${list('What each adversary knows', threatModels(result))}</details>
<details><summary>Intervals, notes, and attacks that did not run (${skipped.length})</summary>${list('Intervals', methods)}${list('Notes', notes)}${list('Did not run', skipped)}</details>`,
  );
}

export function shiftSection({ shift }: AuditResult): string {
  const rows = shift.tests.map(({ name, statistic, pValue, detail }): TableCell[] => [
    { text: name },
    { text: statistic },
    { text: formatP(pValue) },
    { text: detail },
  ]);
  const table = new Table({
    title: 'Do members differ for another reason?',
    note: `A p-value below ${shiftLevel} counts as a shift.`,
    columns: [
      { title: 'test', kind: 'label' },
      { title: 'statistic', kind: 'text' },
      { title: 'p', kind: 'number' },
      { title: 'method', kind: 'text' },
    ],
    rows,
  });
  return section('shift', 'Leak or shift?', `<p>${escapeHtml(shift.sentence)}</p>${scrolling(table)}`);
}

/** Who stands out. Left out on request: the list is sensitive itself. */
export function exposedSection({ exposed }: AuditResult): string {
  if (exposed === null) {
    return section(
      'exposed',
      'Who is exposed',
      '<p>The list of exposed records was left out on request.</p>',
    );
  }
  const table = new Table({
    title: 'The most exposed members',
    note: 'Rank: mean over the strongest attacks of the share of non-members that score lower. This list names members: treat it as personal data.',
    columns: [
      { title: 'record', kind: 'label' },
      { title: 'class', kind: 'number' },
      { title: 'rank', kind: 'number' },
      { title: 'pointed at by', note: 'above all but 1 % of non-members', kind: 'text' },
    ],
    rows: exposed.map(({ record, label, rank, attacks }): TableCell[] => [
      { text: String(record) },
      { text: label === null ? 'unknown' : String(label) },
      { text: formatNumber(rank, 'proportion') },
      { text: attacks.length === 0 ? 'none' : attacks.join(', ') },
    ]),
  });
  return section('exposed', 'Who is exposed', scrolling(table));
}

/** Rows of groups on a page. */
const mostGroups = 50;

export function slicesSection({ slices, strongest }: AuditResult): string {
  if (slices.length === 0 || strongest === null) return '';
  const groups = slices.filter(({ by }) => by === 'group');
  const left = Math.max(0, groups.length - mostGroups);
  // The groups with most records, in their order.
  const kept = new Set([...groups].sort((a, b) => b.records - a.records).slice(0, mostGroups));
  const rest = left === 0 ? '' : `<p>${left} smaller groups are left out here; the JSON has them.</p>`;
  const others = slices.filter(({ by }) => by !== 'group');
  const title = `Slices, attack ${strongest.name}`;
  if (groups.length <= mostRows) {
    return section('slices', 'Where it leaks', scrolling(sliceTable(title, slices)));
  }
  const ofGroups = scrolling(
    sliceTable(
      `Groups, attack ${strongest.name}`,
      groups.filter((slice) => kept.has(slice)),
    ),
  );
  return section(
    'slices',
    'Where it leaks',
    `${scrolling(sliceTable(title, others))}<details><summary>${kept.size} of ${groups.length} groups</summary>${ofGroups}${rest}</details>`,
  );
}

function sliceTable(title: string, slices: AuditResult['slices']): Table {
  return new Table({
    title,
    note: 'Each interval is for its slice alone; among many slices some stand out by chance.',
    columns: [
      { title: 'by', kind: 'label' },
      { title: 'value', kind: 'text' },
      { title: 'records', kind: 'number' },
      { title: 'members', kind: 'number' },
      { title: 'AUC', kind: 'number' },
      { title: 'note', kind: 'text' },
    ],
    rows: slices.map(({ by, value, records, members, auc, note }): TableCell[] => [
      { text: by },
      { text: value },
      { text: String(records) },
      { text: String(members) },
      numberCell(auc),
      { text: note },
    ]),
  });
}

export function epsilonSection({ epsilon, data, accuracy, calibration }: AuditResult): string {
  const bounds = epsilon.map(({ name, epsilon: value, delta, attack, reason }) =>
    value === null
      ? `${name}: no bound, ${reason}`
      : `${name}: epsilon is at least ${value.toFixed(3)} at delta ${delta} with 95 % confidence (attack ${attack ?? 'none'})${reason === '' ? '' : `; ${reason}`}`,
  );
  const side = (name: 'members' | 'nonMembers', words: string): string[] =>
    accuracy === null || calibration === null
      ? []
      : [
          `${words}: accuracy ${formatNumber(accuracy[name], 'proportion')}, negative log-likelihood ${formatNumber(calibration[name].nll, 'significant')}, Brier score ${formatNumber(calibration[name].brier, 'proportion')}, calibration error ${formatNumber(calibration[name].ece, 'proportion')} (15 bins of equal width)`,
        ];
  return section(
    'bounds',
    'Bounds of epsilon, accuracy, calibration',
    list('Lower bounds of epsilon', bounds) +
      list(`The model on ${data.records} records`, [
        ...side('members', 'members'),
        ...side('nonMembers', 'non-members'),
      ]),
  );
}

export function trustSection({ selfCheck, notTested }: AuditResult): string {
  const checks = selfCheck.items.map(
    ({ name, passed, detail }) => `${passed ? 'passed' : 'FAILED'}: ${name} (${detail})`,
  );
  return section(
    'trust',
    'What was checked, and what was not',
    list('Self-checks of the attacks', checks) + list('Not tested', notTested),
  );
}

export function auditReproduceSection({ command, version, seed, data }: AuditResult): string {
  const files = data.files.map(({ name, bytes, sha256 }) => `${name}: ${bytes} bytes, SHA-256 ${sha256}`);
  return section(
    'reproduce',
    'Do it again',
    `<p>ccl-lab ${escapeHtml(version)}, seed ${seed}. The same files give the same numbers.</p>
<pre><code>${escapeHtml(command)}</code></pre>${list('Files', files)}`,
  );
}
