import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jupyterDisplay } from '../../src/figures/figure';
import { lossCurvesFigure } from '../../src/figures/loss-curves';
import { slider } from '../../src/platform/live/controls';
import { live } from '../../src/platform/live/live';
import { loss } from '../../src/losses/registry';
import { projectRoot } from '../../src/paths';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const title = found
  ? 'a live cell without widgets in Chromium'
  : `skipped: no Chromium at ${executablePath} (set CHROMIUM)`;

describe.skipIf(!found)(title, { timeout: 60_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ccl-frames-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('turns into the figure of the value that its slider is set to, and its picture moves', async () => {
    const figureOf = (alpha: number) => lossCurvesFigure([loss('ce'), loss('ccel', { alpha })]);
    const view = live({ alpha: slider(0, 1) }, ({ alpha }) => figureOf(alpha), { frames: 5 });
    const bundle = await view[jupyterDisplay]();
    const spec = JSON.stringify(bundle['application/vnd.plotly.v1+json']).replace(/</g, '\\u003c');
    const library = pathToFileURL(createRequire(__filename).resolve('plotly.js-dist')).href;
    const file = path.join(folder, 'frames.html');
    writeFileSync(
      file,
      `<!doctype html><meta charset="utf-8"><div id="plot" style="width:860px"></div>
      <img src="data:image/png;base64,${String(bundle['image/png'])}" alt=""><script src="${library}"></script>
      <script>const { data, layout, frames, config } = ${spec};
      window.drawn = Plotly.react('plot', data, layout, config).then(() => Plotly.addFrames('plot', frames));
      async function pictures() {
        const data = await (await fetch(document.querySelector('img').src)).arrayBuffer();
        const decoder = new ImageDecoder({ data, type: 'image/png' });
        await Promise.all([decoder.completed, decoder.tracks.ready]);
        const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
        return [frameCount, String(repetitionCount)];
      }</script>`,
    );
    const page = await browser.newPage({ viewport: { width: 900, height: 1300 } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    await page.evaluate('window.drawn');
    const curves = (): Promise<unknown> =>
      page.evaluate('document.querySelector("#plot").data.map(({ name, y }) => [name, y])');
    const wanted = (alpha: number): unknown => figureOf(alpha).spec.data.map(({ name, y }) => [name, y]);
    expect(await curves()).toEqual(wanted(0.5));
    const rail = (await page.locator('.slider-rail-touch-rect').boundingBox())!;
    await page.mouse.click(rail.x + rail.width - 1, rail.y + rail.height / 2);
    await expect.poll(curves, { timeout: 10_000 }).toEqual(wanted(1));
    await page.mouse.click(rail.x + 1, rail.y + rail.height / 2);
    await expect.poll(curves, { timeout: 10_000 }).toEqual(wanted(0));
    expect(await page.locator('.slider-label').first().textContent()).toBe('alpha = 0');
    // Five frames, without end.
    expect(await page.evaluate('pictures()')).toEqual([5, 'Infinity']);
    mkdirSync(path.join(projectRoot, 'test-artifacts'), { recursive: true });
    await page.screenshot({ path: path.join(projectRoot, 'test-artifacts', 'live-without-widgets.png') });
    expect(complaints).toEqual([]);
  });
});
