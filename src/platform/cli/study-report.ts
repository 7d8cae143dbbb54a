import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badInput } from '../../errors';
import { defaultOut } from '../../experiments/store/store';
import { readJson } from '../formats/read-file';
import { readStudyResult, schemaOf, type StudyResult, studyResultFrom } from '../../experiments/study-result';
import { reportName, writeStudyReport } from '../../report/study-report';
import { studies } from '../../studies/registry';
import { finishedStudy } from './finished-study';
import { printJson } from './json-output';
import { shellWord } from './shell-word';

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
