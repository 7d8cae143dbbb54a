import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { varianceFlowFigure } from '../../src/figures/variance-flow';
import { loss } from '../../src/losses/registry';
import { projectRoot } from '../../src/paths';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const title = found
  ? 'the moving figure in Chromium'
  : `skipped: no Chromium at ${executablePath} (set CHROMIUM)`;

describe.skipIf(!found)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-flow-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('drawn and animated as JupyterLab does it: react without frames, then addFrames; slider and Play move it', async () => {
    const { spec } = varianceFlowFigure([loss('ce'), loss('ccel')], { frames: 5, until: 4 });
    const library = pathToFileURL(createRequire(__filename).resolve('plotly.js-dist')).href;
    const file = join(folder, 'flow.html');
    const figure = JSON.stringify(spec).replace(/</g, '\\u003c');
    writeFileSync(
      file,
      `<!doctype html><meta charset="utf-8"><div id="plot" style="width:860px"></div><script src="${library}"></script>
      <script>const { data, layout, frames, config } = ${figure};
      window.drawn = Plotly.react('plot', data, layout, config).then(() => Plotly.addFrames('plot', frames));</script>`,
    );
    const page = await browser.newPage({ viewport: { width: 900, height: 760 } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    await page.evaluate('window.drawn');
    const now = (): Promise<unknown> =>
      page.evaluate(
        '[0, 1, 2, 3].map((i) => [document.querySelector("#plot").data[i].x[0], document.querySelector("#plot").data[i].y[0]])',
      );
    const frame = (i: number): unknown => spec.frames![i].data.map(({ x, y }) => [x[0], y[0]]);
    expect(await now()).toEqual(frame(0));
    // The middle of the slider is the third of five frames.
    const rail = (await page.locator('.slider-rail-touch-rect').boundingBox())!;
    await page.mouse.click(rail.x + rail.width / 2, rail.y + rail.height / 2);
    await expect.poll(now, { timeout: 5000 }).toEqual(frame(2));
    mkdirSync(join(projectRoot, 'test-artifacts'), { recursive: true });
    await page.screenshot({ path: join(projectRoot, 'test-artifacts', 'variance-flow.png') });
    await page.getByText('Play', { exact: true }).click({ force: true });
    await expect.poll(now, { timeout: 5000 }).toEqual(frame(4));
    expect(complaints).toEqual([]);
  }, 30_000);
});
