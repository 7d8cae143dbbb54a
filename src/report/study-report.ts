import { resolve } from 'node:path';
import type { StudyResult } from '../experiments/study-result';
import { shownMethods } from '../figures/study-data';
import { makeFolderFor, writeFileWhole } from '../platform/formats/write-file';
import { computedSection } from './computed-section';
import { privacySection } from './privacy-section';
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
} from './sections';
import { studyPageFigures } from './study-page-figures';

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
