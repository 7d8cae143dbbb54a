import { resolve } from 'node:path';
import type { StudyResult } from '../experiments/study-result';
import { writeFileWhole } from '../formats/write-file';
import { studyFigures } from '../figures/study-figures';
import { pageFigures, reportPage } from './report-page';
import {
  attackSection,
  comparisonSection,
  headSection,
  reproduceSection,
  settingsSection,
  tableSection,
  threatSection,
} from './sections';

/**
 * The report of a study as one HTML page: verdict, threat model, tables, live figures with pictures beneath, settings,
 * command. All text in `result` is escaped.
 */
export async function studyReportHtml(result: StudyResult): Promise<string> {
  const figures = await pageFigures(studyFigures(result), result.data.synthetic);
  const body = [
    headSection(result),
    threatSection(result),
    tableSection(result),
    figures[0].section,
    comparisonSection(result),
    ...figures.slice(1).map(({ section }) => section),
    attackSection(result),
    settingsSection(result),
    reproduceSection(result),
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
export async function writeStudyReport(result: StudyResult, path: string): Promise<string> {
  const target = resolve(path);
  writeFileWhole(target, await studyReportHtml(result));
  return target;
}
