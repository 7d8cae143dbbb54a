import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/paths';
import { auditReportHtml } from '../../src/report/audit-report';
import { studyReportHtml } from '../../src/report/study-report';
import { gridResult } from './grid-result';
import { hostileAudit } from './sample-audit';
import { hostileResult, sampleResult } from './sample-result';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const required = process.env.CCL_BROWSER === '1';

const quiet = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet];
const figureCount = 7;

interface Visit {
  readonly page: Page;
  /** What the browser's console complained about, uncaught errors and policy violations among it. */
  readonly complaints: string[];
  /** Addresses that the page asked for, itself and data: apart. */
  readonly requests: string[];
  close(): Promise<void>;
}

if (required && !found) {
  test('CCL_BROWSER=1 needs a Chromium', () => {
    throw new Error(
      `no Chromium at ${executablePath}; install it (apt-get install chromium) or set CHROMIUM`,
    );
  });
}

const title = found ? 'in Chromium' : `skipped: no Chromium at ${executablePath} (set CHROMIUM)`;

describe.skipIf(!found)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-report-'));
  const artifacts = join(projectRoot, 'test-artifacts');
  const sample = join(folder, 'report.html');
  const harmful = join(folder, 'hostile.html');
  const grids = join(folder, 'grids.html');
  const audited = join(folder, 'audit.html');
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(sample, await studyReportHtml(sampleResult()));
    writeFileSync(harmful, await studyReportHtml(hostileResult()));
    writeFileSync(grids, await studyReportHtml(gridResult()));
    writeFileSync(audited, await auditReportHtml(hostileAudit()));
    browser = await chromium.launch({ executablePath, args });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function visit(
    path: string,
    options: BrowserContextOptions = {},
    figures = figureCount,
  ): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    const self = pathToFileURL(path).href;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== self) requests.push(request.url());
    });
    await page.goto(self);
    if (options.javaScriptEnabled !== false) {
      const last = page.locator('figure.drawn').nth(figures - 1);
      await last.waitFor({ state: 'attached', timeout: 45_000 });
    }
    return { page, complaints, requests, close: () => context.close() };
  }

  const evaluate = <T>(page: Page, code: string): Promise<T> => page.evaluate(code);

  test('every figure is drawn, nothing complains, nothing is requested', async () => {
    const { page, complaints, requests, close } = await visit(sample);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    const drawn = await evaluate<number[]>(
      page,
      `[...document.querySelectorAll('.live')].map((live) => live.querySelectorAll('.main-svg').length)`,
    );
    expect(drawn.length).toBe(figureCount);
    expect(drawn.every((count) => count >= 1)).toBe(true);
    const traces = await evaluate<number>(
      page,
      `document.querySelectorAll('.live .scatterlayer .trace').length`,
    );
    expect(traces).toBeGreaterThan(30);
    expect(await page.locator('picture img').first().isVisible()).toBe(false);
    await page.screenshot({ path: join(artifacts, 'report-1280-light.png'), fullPage: true });
    await close();
  });

  test('the audit report: hostile names run nothing, its figures are drawn, it fits a phone, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints, requests, close } = await visit(audited, { colorScheme }, 3);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      expect(await page.locator('figure.drawn').count()).toBe(3);
      expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
      await page.screenshot({ path: join(artifacts, `audit-1280-${colorScheme}.png`), fullPage: true });
      await close();
    }
    const phone = await visit(audited, { viewport: { width: 360, height: 740 } }, 3);
    expect(await evaluate<number>(phone.page, `document.documentElement.scrollWidth`)).toBeLessThanOrEqual(
      360,
    );
    await phone.page.screenshot({ path: join(artifacts, 'audit-360-light.png'), fullPage: true });
    await phone.close();
  });

  test('a point under the pointer tells its epoch', async () => {
    const { page, close } = await visit(sample);
    await page.locator('#figure-4').scrollIntoViewIfNeeded();
    await page.locator('#figure-4 .scatterlayer .trace .points path').nth(3).hover({ force: true });
    const label = page.locator('#figure-4 .hoverlayer .hovertext');
    await label.first().waitFor({ state: 'visible', timeout: 20_000 });
    expect(await label.first().textContent()).toMatch(/epoch 8/);
    await close();
  });

  test('dark mode: page and figures are dark', async () => {
    const { page, complaints, close } = await visit(sample, { colorScheme: 'dark' });
    const paper = await evaluate<string>(page, `getComputedStyle(document.body).backgroundColor`);
    const plot = await evaluate<string>(
      page,
      `document.querySelector('#figure-1 .main-svg').style.background`,
    );
    expect(paper).toBe('rgb(22, 25, 29)');
    expect(plot).toBe(paper);
    expect(complaints).toEqual([]);
    await page.screenshot({ path: join(artifacts, 'report-1280-dark.png'), fullPage: true });
    // The reader switches the system to light: figures follow.
    await page.emulateMedia({ colorScheme: 'light' });
    const background = `document.querySelector('#figure-7 .main-svg').style.background`;
    await expect
      .poll(() => evaluate<string>(page, background), { timeout: 20_000 })
      .toBe('rgb(255, 255, 255)');
    await close();
  });

  test('a phone of 360 px: the page does not scroll sideways', async () => {
    const { page, complaints, close } = await visit(sample, { viewport: { width: 360, height: 740 } });
    expect(await evaluate<number>(page, `document.documentElement.scrollWidth`)).toBeLessThanOrEqual(360);
    const widths = await evaluate<number[]>(
      page,
      `[...document.querySelectorAll('.live:not(.wide) .main-svg')].map((svg) => svg.getBoundingClientRect().right)`,
    );
    expect(widths.length).toBeGreaterThan(0);
    expect(Math.max(...widths)).toBeLessThanOrEqual(360);
    // Figures of several panels keep their size and scroll in their frames, which the keyboard reaches.
    const frames = await evaluate<[number, number, number][]>(
      page,
      `[...document.querySelectorAll('.live.wide')].map(({ parentNode: p }) => [p.clientWidth, p.scrollWidth, p.tabIndex])`,
    );
    expect(frames.length).toBeGreaterThan(0);
    for (const [client, scroll, tabIndex] of frames) {
      expect(client).toBeLessThanOrEqual(360);
      expect([scroll, tabIndex]).toEqual([860, 0]);
    }
    expect(complaints).toEqual([]);
    await page.screenshot({ path: join(artifacts, 'report-360-light.png'), fullPage: true });
    await close();
  });

  test('scripts off: every picture is shown', async () => {
    const { page, close } = await visit(sample, { javaScriptEnabled: false });
    const images = page.locator('figure picture img');
    expect(await images.count()).toBe(figureCount);
    for (const image of await images.all()) {
      expect(await image.isVisible()).toBe(true);
      expect((await image.boundingBox())?.height).toBeGreaterThan(200);
    }
    expect(await page.locator('.live').first().isVisible()).toBe(false);
    await close();
  });

  test('a study of grids: drawn without a complaint, there to read at once, printed with pictures', async () => {
    const { page, complaints, close } = await visit(grids, {}, 8);
    expect(complaints).toEqual([]);
    const [paint] = await evaluate<number[]>(
      page,
      `performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime)`,
    );
    expect(paint).toBeLessThan(2000);
    await page.screenshot({ path: join(artifacts, 'grids-1280-light.png'), fullPage: true });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('picture img').first().isVisible()).toBe(true);
    expect(await page.locator('.live').first().isVisible()).toBe(false);
    await close();
  });

  test('hostile names run nothing, load nothing and make no link', async () => {
    const { page, complaints, requests, close } = await visit(harmful);
    await page.locator('#figure-4').scrollIntoViewIfNeeded();
    await page.locator('#figure-4 .scatterlayer .trace .points path').nth(3).hover({ force: true });
    await page.locator('#figure-4 .hoverlayer .hovertext').first().waitFor({ timeout: 20_000 });
    expect(await evaluate<unknown>(page, `window.harmed`)).toBeUndefined();
    expect(await evaluate<number>(page, `document.querySelectorAll('main a[*|href]').length`)).toBe(0);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
