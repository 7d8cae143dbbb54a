import { resolve } from 'node:path';
import type { AuditResult } from '../audit/audit-result';
import { agreementFigure } from '../figures/agreement';
import { auditRocFigure } from '../figures/audit-roc';
import { scoreHistogramFigure } from '../figures/score-histogram';
import { writeFileWhole } from '../platform/formats/write-file';
import {
  attacksSection,
  auditHead,
  auditReproduceSection,
  epsilonSection,
  exposedSection,
  shiftSection,
  slicesSection,
  trustSection,
} from './audit-sections';
import { pageFigures, reportPage } from './report-page';

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
