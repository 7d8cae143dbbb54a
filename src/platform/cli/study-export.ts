import { join, resolve } from 'node:path';
import type { StudyResult } from '../../experiments/study-result';
import { resultTables, tableCsv, tableParquet } from '../../experiments/study-tables';
import { writeFileWhole } from '../formats/write-file';
import { finishedStudy } from './finished-study';
import { printJson } from './json-output';

export const exportFormats = ['csv', 'parquet', 'json'] as const;

interface ExportOptions {
  readonly out: string;
  readonly format: (typeof exportFormats)[number];
  readonly to: string;
  readonly json?: true;
}

/** `ccl study export`: tables of runs, attacks, epochs and comparisons, or the whole result as one JSON file. */
export async function exportStudy(name: string, { out, format, to, json }: ExportOptions): Promise<void> {
  const result = await finishedStudy(name, out);
  const files: string[] = [];
  for (const [file, content] of await exported(result, format)) {
    const path = join(resolve(to), `${result.name.replace(/[^\w.-]+/g, '-')}${file}`);
    writeFileWhole(path, content);
    files.push(path);
  }
  if (json === true) printJson({ files });
  else process.stdout.write(`${files.join('\n')}\n`);
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
