import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditResult } from '../../src/audit/audit-result';
import { auditReportHtml } from '../../src/report/audit-report';
import { verdictWords } from '../../src/report/audit-words';
import { hostileAudit } from './sample-audit';

describe('the audit report', () => {
  let result: AuditResult;
  let html: string;

  beforeAll(async () => {
    result = hostileAudit();
    html = await auditReportHtml(result);
  });

  it('shows the verdict first and every attack with its interval', () => {
    const { document } = new JSDOM(html).window;
    expect(document.querySelector('h1')?.textContent).toBe(verdictWords(result).headline);
    for (const { name } of result.attacks) expect(document.body.textContent).toContain(name);
    expect(document.body.textContent).toContain('synthetic data');
  });

  it('runs nothing that stands in a name: no foreign script, image or link, and the policy allows none', () => {
    const { document } = new JSDOM(html).window;
    expect([...document.querySelectorAll('script')].length).toBe(3);
    expect([...document.querySelectorAll('img')].every((img) => img.src.startsWith('data:image/webp'))).toBe(
      true,
    );
    expect(document.querySelectorAll('a[href^="javascript"]').length).toBe(0);
    expect(document.body.textContent).toContain('onerror=alert(1)');
    expect(html).toContain("default-src 'none'");
  });

  it('leaves the exposed records out when asked', async () => {
    const without = await auditReportHtml({ ...result, exposed: null });
    expect(without).toContain('left out on request');
    expect(without).not.toContain('The most exposed members');
  });
});
