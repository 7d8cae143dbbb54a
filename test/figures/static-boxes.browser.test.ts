import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figure } from '../../src/figures/figure';
import { fontFiles, staticFontFamily } from '../../src/figures/text';
import { exampleHeatMap, examplePlane, exampleSource } from '../../src/figures/gallery/examples';
import { heatMapFigure } from '../../src/figures/heat-map';
import { privacyUtilityPlaneFigure } from '../../src/figures/privacy-utility-plane';
import { studyFigures } from '../../src/report/study-page-figures';
import { sampleResult } from '../report/sample-result';
import { measuredTexts, measureSource, type TextBox, textBoxes } from './text-boxes';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const title = found
  ? 'static pictures beside Chromium'
  : `skipped: no Chromium at ${executablePath} (set CHROMIUM)`;

const [histogram, roc] = studyFigures(sampleResult()).slice(1);
const figures: readonly (readonly [string, Figure, number])[] = [
  ['loss histogram', histogram, 860],
  ['ROC on log axes', roc, 860],
  ['privacy-utility plane', privacyUtilityPlaneFigure(examplePlane(), exampleSource), 860],
  [
    'plane in one column, its legend in many rows',
    privacyUtilityPlaneFigure(examplePlane(), exampleSource),
    414,
  ],
  ['heat map', heatMapFigure(exampleHeatMap(), exampleSource), 860],
];

describe.skipIf(!found)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-boxes-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What Plotly draws in Chromium with the same font, and where its texts stand. */
  async function inChromium(figure: Figure, width: number): Promise<TextBox[]> {
    const spec = figure.stillFor({ theme: 'light', frame: 'full', width });
    const layout = { ...spec.layout, width, font: { ...spec.layout.font, family: staticFontFamily } };
    const library = pathToFileURL(createRequire(__filename).resolve('plotly.js-dist')).href;
    const [regular, bold] = fontFiles().map((file) => pathToFileURL(file).href);
    const face = (source: string, weight: string): string =>
      `@font-face { font-family: '${staticFontFamily}'; src: url('${source}'); font-weight: ${weight}; }`;
    const file = join(folder, 'figure.html');
    const data = JSON.stringify({ data: spec.data, layout }).replace(/</g, '\\u003c');
    writeFileSync(
      file,
      `<!doctype html><meta charset="utf-8"><style>${face(regular, 'normal')} ${face(bold, 'bold')} body { margin: 0 }</style>
      <div id="plot"></div><script src="${library}"></script>
      <script>const { data, layout } = ${data};
      window.drawn = Promise.all(['', 'bold '].map((weight) => document.fonts.load(weight + "13px '${staticFontFamily}'")))
        .then(() => Plotly.newPlot('plot', data, layout, { staticPlot: true }));</script>`,
    );
    const page = await browser.newPage({ viewport: { width: width + 40, height: 1400 } });
    await page.goto(pathToFileURL(file).href);
    await page.evaluate('window.drawn');
    const boxes = (await page.evaluate(
      `(${measureSource})(document.querySelector('#plot'), ${JSON.stringify(measuredTexts)})`,
    )) as TextBox[];
    await page.close();
    return boxes.filter(({ text }) => text.trim() !== '');
  }

  test.each(figures)(
    '%s: legend, ticks and titles stand where Chromium puts them',
    async (_, figure, width) => {
      const ours = textBoxes(await figure.toSVG({ width }));
      const theirs = await inChromium(figure, width);
      expect(ours.map(({ text }) => text)).toEqual(theirs.map(({ text }) => text));
      expect(ours.length).toBeGreaterThan(10);
      ours.forEach((box, i) => {
        for (const side of ['left', 'right', 'top', 'bottom'] as const) {
          const difference = Math.abs(box[side] - theirs[i][side]);
          expect(difference, `${side} of «${box.text}»`).toBeLessThan(2.5);
        }
      });
    },
  );
});
