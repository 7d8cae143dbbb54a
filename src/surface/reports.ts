/**
 * Reports as one HTML file.
 *
 * @module reports
 */
export { studyReportHtml, writeStudyReport, type StudyReportOptions } from '../report/study-report';
export { auditReportHtml, writeAuditReport } from '../report/audit-report';
