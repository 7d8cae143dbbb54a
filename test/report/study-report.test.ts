import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors';
import { Figure } from '../../src/figures/figure';
import { jsonForScript } from '../../src/platform/formats/html-text';
import { zippedPlotly } from '../../src/report/plotly-bundle';
import { studyReportHtml, writeStudyReport } from '../../src/report/study-report';
import { hostile, hostileResult, sampleResult } from './sample-result';
import { threatWords, studyVerdictWords } from '../../src/wording';

const folder = mkdtempSync(join(tmpdir(), 'ccl report '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const result = sampleResult();
let html = '';
/** The page without the 1.9 MB of packed plotly.js, which make parsing slow and hold no text of ours. */
let slim = '';
let document: Document;

const path = join(folder, 'new', 'report.html');

beforeAll(async () => {
  expect(await writeStudyReport(result, path)).toBe(path);
  html = readFileSync(path, 'utf8');
  slim = html.replace((await zippedPlotly()).toString('base64'), '');
  document = new JSDOM(slim).window.document;
});

function text(selector: string): string {
  return document.querySelector(selector)?.textContent ?? '';
}

test('the verdict is the headline, the kind of data stands beside it, threat model and command are there', () => {
  expect(text('h1')).toBe(studyVerdictWords(result));
  expect(text('.facts .kind')).toBe('synthetic data');
  expect(document.title).toContain('(synthetic data)');
  document.querySelectorAll('main table caption').forEach((caption) => {
    expect(caption.textContent).toContain('Synthetic data.');
  });
  expect(text('main')).toContain(threatWords(result));
  const commands = [...document.querySelectorAll('.commands code')].map((code) => code.textContent);
  expect(commands).toEqual([
    'npx ccl study plan sample.json',
    result.command,
    'npx ccl study report sample.json',
    'npx ccl study export sample.json',
  ]);
  expect(text('dl')).toContain(result.data.sha256);
  expect(text('dl')).toContain('1 thread a model');
  expect(document.documentElement.lang).toBe('en');
});

test('the numbers of the summary appear in the table, each with its interval', () => {
  const rows = [...document.querySelectorAll('section[aria-labelledby=table-title] tbody tr')].map(
    (row) => row.textContent,
  );
  expect(rows.length).toBe(3);
  result.defenses.forEach((method, i) => {
    for (const metric of ['trainAccuracy', 'testAccuracy', 'advantage', 'auc', 'p1'] as const) {
      const { estimate, low, high } = method.summary[metric];
      expect(rows[i]).toContain(estimate.toFixed(3));
      expect(rows[i]).toContain(`${low!.toFixed(3)} to ${high!.toFixed(3)}`);
    }
  });
});

test('each run has its own details with notes and ways of the intervals', () => {
  const details = [...document.querySelectorAll('details')];
  expect(details.length).toBe(10);
  expect(details[0].querySelector('summary')?.textContent).toContain('CE, seed 1');
  expect(details[0].textContent).toContain('for the classes that have none of their own: 7 (no non-member)');
  expect(details[0].textContent).toContain('stratified bootstrap, BCa, 1000 resamples');
});

test('every figure has a picture for viewers without scripts, alternative text and caption', () => {
  const figures = [...document.querySelectorAll('figure')];
  expect(figures.length).toBe(7);
  for (const figure of figures) {
    const image = figure.querySelector('img')!;
    expect(image.src).toMatch(/^data:image\/webp;base64,UklGR/);
    expect(image.alt.length).toBeGreaterThan(60);
    expect(figure.querySelector('source')?.media).toContain('dark');
    expect(figure.querySelector('figcaption')?.textContent).toContain(result.command);
  }
});

test('headings of every table have a scope', () => {
  const headings = [...document.querySelectorAll('th')];
  expect(headings.length).toBeGreaterThan(50);
  expect(headings.every((th) => ['col', 'row'].includes(th.getAttribute('scope') ?? ''))).toBe(true);
});

test('the policy allows nothing from elsewhere and exactly the scripts of the page', () => {
  const policy =
    document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
  const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]));
  expect(rules.get('default-src')).toEqual(["'none'"]);
  expect(rules.get('img-src')).toEqual(['data:', 'blob:']);
  expect(rules.has('connect-src')).toBe(false);
  const [packed] = [...html.matchAll(/<script type="text\/plain" id="plotly">([^]*?)<\/script>/g)];
  const plotly = gunzipSync(Buffer.from(packed[1], 'base64')).toString();
  const written = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, code]) => code);
  const hashes = [plotly, ...written].map(
    (code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  );
  expect(rules.get('script-src')).toEqual(hashes);
  expect(hashes.length).toBe(2);
  // The policy must come before the first thing that it governs.
  expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style'));
});

test('nothing on the page points elsewhere, and it is of modest size', () => {
  for (const element of document.querySelectorAll(
    '[src], [srcset], [href], [action], link, iframe, object',
  )) {
    const target =
      element.getAttribute('src') ?? element.getAttribute('srcset') ?? element.getAttribute('href') ?? '';
    expect(target).toMatch(/^data:image\/webp/);
  }
  expect(text('style')).not.toMatch(/url\(|@import/);
  expect(html.length).toBeLessThan(3_000_000);
});

test('hostile text appears as text everywhere and makes no element, attribute or script', async () => {
  const page = (await studyReportHtml(hostileResult())).replace(
    (await zippedPlotly()).toString('base64'),
    '',
  );
  const { document: harmed } = new JSDOM(page).window;
  expect(harmed.querySelectorAll('script').length).toBe(3);
  expect(harmed.querySelectorAll('[onerror], [onmouseover], img[src=x], h1 *, main a, main b').length).toBe(
    0,
  );
  expect(harmed.querySelector('h1')?.textContent).toContain(hostile.script);
  expect(harmed.querySelector('tbody th')?.textContent).toBe(hostile.link);
  const figures = JSON.parse(harmed.getElementById('figures')?.textContent ?? '') as unknown[];
  expect(figures.length).toBe(7);
});

test('JSON inside a script element comes back as it was and cannot end the element', () => {
  const value = { a: '</script><!--', b: '\u2028\u2029', c: '&lt;', d: [1, null] };
  const written = jsonForScript(value);
  expect(written).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(written)).toEqual(value);
});

test('the file is written whole, into a new folder, and nothing else is left there', async () => {
  expect(readdirSync(join(folder, 'new'))).toEqual(['report.html']);
  // Same result, same bytes.
  expect(await studyReportHtml(result)).toBe(html);
});

test('a path that cannot be written is named in a clear error, before anything is drawn', async () => {
  writeFileSync(join(folder, 'file'), '');
  const drawing = vi.spyOn(Figure.prototype, 'toPNG');
  const writing = writeStudyReport(result, join(folder, 'file', 'report.html'));
  const error = await writing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/report\.html cannot be written/);
  expect(drawing).not.toHaveBeenCalled();
  drawing.mockRestore();
});
