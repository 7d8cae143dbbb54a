import { join, resolve } from 'node:path';
import type { StudyResult } from '../../experiments/study-result';
import { exportForPytorch } from '../../experiments/pytorch-export';
import { resultTables, tableCsv, tableParquet } from '../../experiments/study-tables';
import { writeFileWhole } from '../formats/write-file';
import { finishedStudy, withFinished } from './finished-study';
import { printJson } from './json-output';

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
