import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditResult } from '../../src/audit/audit-result';
import { auditReportHtml, attacksSection, slicesSection } from '../../src/report/audit-report';
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

  it('shows the first figure before the attacks, ten of them unfolded, and explains its words', () => {
    const { document } = new JSDOM(html).window;
    const [first, second] = [...document.querySelectorAll('section')];
    expect(first.querySelector('figure')).not.toBeNull();
    expect(second.querySelector('h2')?.textContent).toMatch(/attacks/);
    const words = [...document.querySelectorAll('li')].map((item) => item.textContent ?? '');
    for (const word of ['AUC: ', 'TPR at 1 % FPR: ', 'advantage: ', 'shift: ', 'corrected p: '])
      expect(words.some((text) => text.startsWith(word))).toBe(true);
    const many = {
      ...result,
      attacks: Array.from({ length: 12 }, () => result.attacks)
        .flat()
        .slice(0, 12),
    };
    const folded = new JSDOM(attacksSection(many)).window.document;
    expect(folded.querySelectorAll('tbody')[0].rows.length).toBe(10);
    expect(folded.querySelectorAll('details tbody')[0].closest('details')?.textContent).toContain(
      'All 12 attacks',
    );
  });

  it('says the command once, not under each figure', () => {
    const { document } = new JSDOM(html).window;
    for (const caption of document.querySelectorAll('figcaption'))
      expect(caption.textContent).not.toContain('Reproduce:');
    const said = [...document.querySelectorAll('pre code')].map((code) => code.textContent);
    expect(said).toEqual([result.command]);
  });

  it('shows at most 50 groups and the number of the others', () => {
    const [slice] = result.slices.filter(({ by }) => by === 'group');
    const groups = Array.from({ length: 80 }, (_, i) => ({ ...slice, value: `g${i}`, records: i }));
    const page = new JSDOM(slicesSection({ ...result, slices: groups })).window.document;
    expect(page.querySelectorAll('tbody tr').length).toBe(50);
    expect(page.body.textContent).toContain('30 smaller groups are left out');
    expect(page.body.textContent).not.toContain('g29 ');
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

  it('has at most 3 MB, the script of its figures included', () => {
    expect(html).toContain('id="plotly"');
    expect(Buffer.byteLength(html)).toBeLessThan(3e6);
  });

  it('leaves the exposed records out when asked', async () => {
    const without = await auditReportHtml({ ...result, exposed: null });
    expect(without).toContain('left out on request');
    expect(without).not.toContain('The most exposed members');
  });
});
