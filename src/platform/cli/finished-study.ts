import type { Dataset } from '../../data/dataset';
import { UserError, badInput } from '../../errors';
import type { ComputeEnvironment } from '../../experiments/block';
import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import type { Plan } from '../../experiments/plan';
import { openStore, type Store, defaultOut } from '../../experiments/store/store';
import { missingIn, studyResult } from '../../experiments/run-study';
import { study, type Study } from '../../experiments/study';
import { type StudyResult, readStudyResult, schemaOf, studyResultFrom } from '../../experiments/study-result';
import { findStudy, studies } from '../../studies/registry';
import { shellWord, printJson } from './printed';
import { jsonDifferences, type Difference } from '../formats/json-text';
import { join, resolve, relative } from 'node:path';
import { exportForPytorch } from '../../experiments/pytorch-export';
import { resultTables, tableCsv, tableParquet } from '../../experiments/study-tables';
import { writeFileWhole } from '../formats/write-file';
import { existsSync, statSync } from 'node:fs';
import { readJson } from '../formats/read-file';
import { reportName, writeStudyReport } from '../../report/study-report';
import { shareStudy } from '../../experiments/share-study';

/** A study whose blocks are all in a store, with its plan on this machine. */
export interface FinishedStudy {
  readonly study: Study;
  readonly store: Store;
  readonly plan: Plan;
  readonly data: Dataset;
  readonly compute: ComputeEnvironment;
}

/**
 * What one makes of a study whose blocks are all in the store of an output folder; nothing is trained.
 *
 * @param name of a study, or its file
 * @throws UserError if a block is missing, or as `study` and `openStore`
 */
export async function withFinished<T>(
  name: string,
  out: string,
  work: (finished: FinishedStudy) => Promise<T>,
): Promise<T> {
  const chosen = study(findStudy(name));
  const store = openStore(out);
  return withLocalPlan(chosen, async ({ plan, data, compute }) => {
    const missing = missingIn(plan, store).length;
    if (missing > 0) {
      throw new UserError(
        `${missing} of ${plan.blocks.length} blocks of ${chosen.name} are not in the store. Train them first: npx ccl study run ${shellWord(name)}`,
      );
    }
    return work({ study: chosen, store, plan, data, compute });
  });
}

/**
 * The result of such a study.
 *
 * @param command that gives the same result where nothing is trained yet
 */
export function finishedStudy(
  name: string,
  out: string,
  command = `npx ccl study run ${shellWord(name)}`,
): Promise<StudyResult> {
  return withFinished(name, out, async (finished) => {
    const result = await studyResult(finished);
    const blocks = { trained: 0, reused: finished.plan.blocks.length };
    return { ...result, command, blocks, made: madeBy(finished.study) };
  });
}

/** `ccl study diff`. */
export async function diffStudies(a: string, b: string, { json }: { readonly json?: true }): Promise<void> {
  const [first, second] = [a, b].map((name) => study(findStudy(name)));
  const differences = jsonDifferences(comparable(first), comparable(second));
  const defenses = {
    onlyA: only(first, second),
    onlyB: only(second, first),
  };
  const [left, right] = [await blockIds(first), await blockIds(second)];
  const shared = left.filter((id) => right.includes(id)).length;
  const blocks = { a: left.length, b: right.length, shared };
  if (json === true)
    return printJson({
      ...{ schema: 'ccl-lab/study-diff/2', differences, defenses, blocks },
      made: { a: madeBy(first), b: madeBy(second) },
    });
  const lines = [
    ...differences.map(differenceLine),
    ...defenses.onlyA.map((key) => `defense only in ${a}: ${key}`),
    ...defenses.onlyB.map((key) => `defense only in ${b}: ${key}`),
  ];
  process.stdout.write(
    `${(lines.length === 0 ? ['No difference.'] : lines).join('\n')}\n` +
      `Blocks: ${blocks.a} and ${blocks.b}, ${shared} of them the same.\n`,
  );
}

/** Defenses are compared by their keys, since their order shifts. */
function comparable({ defenses, attacks, ...rest }: Study): Record<string, unknown> {
  return { ...rest, attacks: attacks.map(({ key }) => key), baseline: defenses[0].key };
}

function only({ defenses }: Study, other: Study): string[] {
  const known = new Set(other.defenses.map(({ key }) => key));
  return defenses.map(({ key }) => key).filter((key) => !known.has(key));
}

function blockIds(chosen: Study): Promise<string[]> {
  return withLocalPlan(chosen, ({ plan }) => plan.blocks.map(({ id }) => id));
}

function differenceLine({ path, a, b }: Difference): string {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${path}: ${shown(a)} | ${shown(b)}`;
}

export const exportFormats = ['csv', 'parquet', 'json'] as const;

interface ExportOptions {
  readonly out: string;
  readonly format: (typeof exportFormats)[number];
  readonly to: string;
  readonly pytorch?: true;
  readonly json?: true;
}

/**
 * `ccl study export`: tables of runs, attacks, epochs and comparisons, or the whole result as one JSON file; with
 * `--pytorch` all models.
 */
export async function exportStudy(
  name: string,
  { out, format, to, pytorch, json }: ExportOptions,
): Promise<void> {
  const files =
    pytorch === true
      ? await withFinished(name, out, (finished) => exportForPytorch(finished, resolve(to)))
      : await exportResult(await finishedStudy(name, out), format, resolve(to));
  if (json === true) printJson({ files });
  else process.stdout.write(`${files.join('\n')}\n`);
}

async function exportResult(
  result: StudyResult,
  format: ExportOptions['format'],
  to: string,
): Promise<string[]> {
  const files: string[] = [];
  for (const [file, content] of await exported(result, format)) {
    const path = join(to, `${result.name.replace(/[^\w.-]+/g, '-')}${file}`);
    writeFileWhole(path, content);
    files.push(path);
  }
  return files;
}

async function exported(
  result: StudyResult,
  format: ExportOptions['format'],
): Promise<(readonly [file: string, content: string | Uint8Array])[]> {
  if (format === 'json') return [['.json', `${JSON.stringify(result)}\n`]];
  const files: (readonly [string, string | Uint8Array])[] = [];
  for (const [table, rows] of Object.entries(resultTables(result))) {
    if (rows.length === 0) continue;
    files.push([`-${table}.${format}`, format === 'csv' ? tableCsv(rows) : await tableParquet(rows)]);
  }
  return files;
}

interface ReportOptions {
  readonly out: string;
  readonly to?: string;
  readonly json?: true;
}

/** `ccl study report`: the page of a study whose blocks are all there, or of a file with a result. Trains nothing. */
export async function reportOfStudy(word: string, { out, to, json }: ReportOptions): Promise<void> {
  const result =
    resultIn(word) ?? (await finishedStudy(word, out, `npx ccl study run ${shellWord(word)} --report`));
  const folder = out === defaultOut ? '' : ` --out ${shellWord(out)}`;
  const path = to ?? join(resolve(out), 'reports', reportName(result.name));
  const report = await writeStudyReport(result, path, {
    made: `npx ccl study report ${shellWord(word)}${folder}`,
  });
  const { made } = result;
  if (json === true)
    printJson({ file: report, bytes: statSync(report).size, study: result.name, ...(made && { made }) });
  else process.stdout.write(`Report: ${report}\n`);
}

/** The result in a file; null if the word is a study's name or file. */
function resultIn(word: string): StudyResult | null {
  if (Object.prototype.hasOwnProperty.call(studies, word) || /\.ya?ml$/i.test(word)) return null;
  if (!/\.json$/i.test(word)) return existsSync(word) ? readStudyResult(word) : null;
  const value = readJson(word);
  if (schemaOf(value) === null && isStudy(value)) return null;
  if (schemaOf(value)?.startsWith('ccl-lab/study-result/') === true) return studyResultFrom(word, value);
  throw badInput(
    `the content of ${word}`,
    value,
    'is neither a study (it has no "methods") nor the result of one (its "schema" is not "ccl-lab/study-result/2")',
    'Pass a study, or a file that ccl study run --json or ccl study export --format json wrote',
  );
}

function isStudy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'methods' in value;
}

interface ShareOptions {
  readonly out: string;
  readonly to: string;
  readonly data: boolean;
  readonly json?: true;
}

/** `ccl study share`: the folder with which a colleague reports a study and goes on with it. */
export async function shareStudyCommand(name: string, { out, to, data, json }: ShareOptions): Promise<void> {
  const input = findStudy(name);
  const chosen = study(input);
  const shared = await withLocalPlan(chosen, (local) =>
    shareStudy({ ...local, input, study: chosen, store: openStore(out) }, resolve(to), { data }),
  );
  if (json === true) return printJson({ ...shared, made: madeBy(chosen) });
  const file = shellWord(relative(process.cwd(), shared.file));
  const folder = shellWord(to);
  process.stdout.write(
    [
      `${shared.blocks} blocks${shared.missing === 0 ? '' : ` (${shared.missing} are not trained yet)`}, trained on ${shared.processors.join(', ')}`,
      `Report: npx ccl study report ${file} --out ${folder}`,
      `Go on:  npx ccl study run ${file} --out ${folder}`,
      `Pack:   tar czf ${shellWord(`${to.replace(/\/+$/, '')}.tgz`)} ${folder}`,
      '',
    ].join('\n'),
  );
}
