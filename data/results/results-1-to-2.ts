/**
 * Converts results of schema 1, whose intervals, notes and settings were words, into schema 2:
 *
 *   npx tsx data/results/results-1-to-2.ts [--study STUDY.yaml] FILE.json ...
 *   npx tsx data/results/results-1-to-2.ts --store FOLDER
 *
 * A result needs the study that it is of: by its name one of src/studies, else the file after --study. A store needs
 * nothing; its kept attacks get the revision of today. No number changes, and the words of today must be those of then.
 * Files are replaced.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AttackNote } from '../../src/attacks/notes';
import { registered } from '../../src/data/registry';
import { settingsOf } from '../../src/experiments/analyze';
import { analysisRevision } from '../../src/experiments/kept-result';
import { studyNetwork } from '../../src/experiments/plan';
import {
  removeResultFile,
  resultIds,
  readResultFile,
  writeResultFile,
} from '../../src/experiments/store-results';
import { study } from '../../src/experiments/study';
import type { DefenseResult, StudyResult } from '../../src/experiments/study-result';
import type { IntervalMethod } from '../../src/metrics/interval';
import { findStudy } from '../../src/studies/registry';
import {
  intervalWords,
  attackNoteWords,
  ruleWords,
  settingsWords,
  threatWords,
  studyVerdictWords,
} from '../../src/wording';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
type Rule = readonly [RegExp, (...numbers: number[]) => IntervalMethod];

const rules: readonly Rule[] = [
  [/^Newcombe, cuts fixed/, () => ({ name: 'newcombe' })],
  [/^DeLong, logit scale$/, () => ({ name: 'delong' })],
  [
    /^stratified bootstrap, percentile, cut chosen anew \((\d+) false positives tolerated of (\d+)\)$/,
    (tolerated, of) => ({ name: 'resampled-cut', tolerated, of }),
  ],
  [
    /^stratified bootstrap, percentile, cut chosen anew \((\d+) false positives tolerated of (\d+)\), joined/,
    (tolerated, of) => ({ name: 'resampled-cut', tolerated, of, joined: true }),
  ],
  [
    /^Clopper-Pearson, over the cuts with (\d+) to (\d+) of (\d+) false positives/,
    (fewest, most, of) => ({ name: 'outermost-cuts', fewest, most, of }),
  ],
  [/^every record may be called a member$/, () => ({ name: 'every-record-called' })],
  [/^t interval over (\d+) seeds$/, (n) => ({ name: 't', n, over: 'seeds' })],
  [/^paired t interval over (\d+) seeds$/, (n) => ({ name: 't', n, over: 'seeds', paired: true })],
  [
    /^t interval over (\d+) seeds, of logarithms$/,
    (n) => ({ name: 't', n, over: 'seeds', logarithms: true }),
  ],
  [
    /^paired t interval over (\d+) seeds, of logarithms$/,
    (n) => ({ name: 't', n, over: 'seeds', paired: true, logarithms: true }),
  ],
  [/^no interval: one seed has no spread$/, () => ({ name: 'no-spread', n: 1, over: 'seeds' })],
  [/^no interval: all (\d+) seeds are equal$/, (n) => ({ name: 'no-spread', n, over: 'seeds' })],
  [/^Dvoretzky/, () => ({ name: 'all-cuts' })],
  [
    /^bootstrap clustered by record and by model, percentile, (\d+) resamples, (\d+) models$/,
    (resamples, models) => ({ name: 'clustered-bootstrap', resamples, models }),
  ],
  [/^no interval: the cut was chosen on the same pairs$/, () => ({ name: 'chosen-cut' })],
  [/^no interval: resamples are alike or miss a side$/, () => ({ name: 'alike-resamples', of: 'models' })],
  [
    /^not resolvable; the smallest resolvable FPR is (\d+)\/(\d+) with \d+ non-member pairs$/,
    (least, count) => ({ name: 'not-resolvable', least, count, pairs: true }),
  ],
  [
    /^not resolvable; the smallest resolvable FPR is (\d+)\/(\d+) with \d+ non-members$/,
    (least, count) => ({ name: 'not-resolvable', least, count }),
  ],
  [
    /^no interval: (\d+) models, and clustering by model needs (\d+)$/,
    (models, needed) => ({ name: 'too-few-models', models, needed }),
  ],
  [/^Hoeffding on (\d+) disjoint/, (pairs) => ({ name: 'disjoint-pairs', bound: 'hoeffding', pairs })],
  [
    /^Clopper-Pearson on (\d+) disjoint/,
    (pairs) => ({ name: 'disjoint-pairs', bound: 'clopper-pearson', pairs }),
  ],
];

function methodOf(words: string): IntervalMethod {
  for (const [pattern, make] of rules) {
    const found = pattern.exec(words);
    if (found === null) continue;
    const method = make(...found.slice(1).map(Number));
    mustEqual('an interval', intervalWords(method), words);
    return method;
  }
  throw new Error(`unknown interval: ${words}`);
}

function noteOf(words: string): AttackNote {
  const [records, models] = (words.match(/\d+/g) ?? []).map(Number);
  const note: AttackNote = words.startsWith('Learned from')
    ? { code: 'learned-from-shadows', records, models }
    : words.startsWith('It only ranks')
      ? { code: 'best-cut' }
      : { code: 'own', words };
  mustEqual('a note', attackNoteWords(note), words);
  return note;
}

function mustEqual(what: string, now: unknown, then: unknown): void {
  if (!isDeepStrictEqual(now, then)) {
    throw new Error(`${what} is said otherwise: ${JSON.stringify(now)} instead of ${JSON.stringify(then)}`);
  }
}

/** The same with intervals and notes as data. */
function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== 'object' || value === null) return value;
  const { estimate, method, notes } = value as Json;
  const rest = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, converted(inner)]));
  if (estimate !== undefined && typeof method === 'string') rest.method = methodOf(method);
  if (Array.isArray(notes)) rest.notes = notes.map((note) => noteOf(note as string));
  return rest;
}

async function convertResult(file: string, studyName: string | undefined): Promise<void> {
  const old = JSON.parse(readFileSync(file, 'utf8')) as Json;
  if (old.schema !== 'ccl-lab/study-result/1') {
    writeFileSync(file, `${JSON.stringify(converted(old))}\n`);
    return;
  }
  const of = study(findStudy(studyName ?? old.name));
  const image = registered(of.data).facts?.image;
  const { spec } = studyNetwork(of, { ...old.data, image });
  const { name, command, data, model, settings, backend, threatModel, split, selections, methods, verdict } =
    old;
  const seeds = String(settings.seeds).split(', ').map(Number);
  const result = {
    schema: 'ccl-lab/study-result/2',
    name,
    command,
    data,
    model: { ...spec, label: model },
    settings: { ...settingsOf({ ...of, seeds }) },
    backend,
    selections: selections.map(({ family, rule, chosen, candidates }: Json) => {
      mustEqual('the rule', ruleWords({ by: 'p1' }), rule);
      const known = candidates.map(({ method, ...rest }: Json) => ({ defense: method, ...rest }));
      return { name: family, rule: { by: 'p1' }, chosen, candidates: known };
    }),
    defenses: methods.map(({ key, family, label, runs, summary }: Json): DefenseResult => {
      const { defense, recipe } = of.defenses.find((each) => each.key === key)!;
      const { options, title } = defense;
      return {
        key,
        name: family,
        options,
        recipe,
        title,
        label,
        ...(converted({ runs, summary }) as Json),
      } as never;
    }),
    comparisons: old.comparisons.map(({ method, ...rest }: Json) => ({
      defense: method,
      ...(converted(rest) as Json),
    })),
    blocks: old.blocks,
  } as unknown as StudyResult;
  mustEqual('the threat model', threatWords(result), threatModel);
  mustEqual('the verdict', studyVerdictWords(result), verdict);
  if (result.settings.split.title !== split)
    console.log(`${file}: the split is now called ${result.settings.split.title}`);
  mustEqual(
    'the settings',
    Object.fromEntries(settingsWords(result)),
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
  );
  writeFileSync(file, `${JSON.stringify(result)}\n`);
}

function convertStore(folder: string): void {
  const results = join(folder, 'results');
  for (const id of resultIds(results)) {
    const { key, value } = readResultFile(results, id)!;
    if (key.kind !== 'attack' || key.revision !== 2) continue;
    writeResultFile(results, { key: { ...key, revision: analysisRevision }, value: converted(value) });
    removeResultFile(results, id);
  }
}

async function main(words: string[]): Promise<void> {
  const [first, second, ...rest] = words;
  if (first === '--store') return convertStore(second);
  const [name, files] = first === '--study' ? [second, rest] : [undefined, words];
  for (const file of files) await convertResult(file, name);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
