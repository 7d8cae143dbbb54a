import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exampleAblation, exampleSource } from '../../src/figures/gallery/examples';
import { alphaAblationFigure } from '../../src/figures/alpha-ablation';
import { columnPixels, pointsPerPixel } from '../../src/figures/pdf';
import { saveFigure, saveFigures, savePdf } from '../../src/figures/save-figure';

const figure = alphaAblationFigure(exampleAblation(), exampleSource);
const folder = mkdtempSync(join(tmpdir(), 'ccl-pdf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function box(pdf: string): number[] {
  return /\/MediaBox \[([^\]]*)\]/.exec(pdf)![1].split(' ').map(Number);
}

test.each([
  [1, 234],
  [2, 486],
] as const)(
  '%i columns: one page of %i points, the font embedded, no raster image',
  async (columns, points) => {
    const pdf = Buffer.from(await figure.toPDF({ columns })).toString('latin1');
    expect(pdf.startsWith('%PDF-1.')).toBe(true);
    expect(pdf.trimEnd().endsWith('%%EOF')).toBe(true);
    expect(pdf.match(/\/Type \/Page\b(?!s)/g)?.length).toBe(1);
    const height = figure.stillFor({ theme: 'light', frame: 'bare', width: columnPixels(columns) }).layout
      .height!;
    const [left, bottom, right, top] = box(pdf);
    expect([left, bottom, right]).toEqual([0, 0, points]);
    // Columns are whole pixels, so the scale is off by less than a thousandth.
    expect(top / (height * pointsPerPixel)).toBeCloseTo(1, 3);
    expect(pdf).toMatch(/\/BaseFont \/[A-Z]{6}\+DejaVuSans\b/);
    expect(pdf).toMatch(/\/FontFile2 /);
    expect(pdf).not.toMatch(/\/Subtype \/Image/);
  },
);

test('the same figure gives the same bytes, with a date that does not move', async () => {
  const [first, second] = [await figure.toPDF({ columns: 1 }), await figure.toPDF({ columns: 1 })];
  expect(Buffer.compare(first, second)).toBe(0);
  expect(Buffer.from(first).toString('latin1')).toContain('(D:20000101000000Z)');
});

test('files: the ending says the format, and another ending is refused', async () => {
  const pdf = await savePdf(figure, join(folder, 'new', 'a.pdf'), { columns: 1 });
  expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
  const [svg, json] = await saveFigures({ plane: figure }, folder, ['svg', 'json']);
  expect(readFileSync(svg, 'utf8')).toContain('</svg>');
  expect(JSON.parse(readFileSync(json, 'utf8'))).toHaveProperty('layout.xaxis');
  await expect(saveFigure(figure, join(folder, 'a.gif'))).rejects.toThrow(
    /must end with \.svg, \.png, \.pdf, \.json/,
  );
  await expect(figure.toPDF({ columns: 3 as 1 })).rejects.toThrow(/number of columns is 3/);
  await expect(figure.toSVG({ width: 20 })).rejects.toThrow(/width of a figure is 20/);
  expect(existsSync(join(folder, 'a.gif'))).toBe(false);
});

const found = spawnSync('pdftotext', ['-v']).error === undefined;

describe.skipIf(!found)(found ? 'as poppler reads it' : 'skipped: poppler-utils is not installed', () => {
  test('text is text, fonts are embedded subsets, and the page has ink', async () => {
    const file = join(folder, 'poppler.pdf');
    writeFileSync(file, await figure.toPDF({ columns: 2, frame: 'full' }));
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
    expect(text).toContain('alpha (1 = cross-entropy)');
    expect(text).toContain('npx ccl figures --gallery docs');
    const fonts = execFileSync('pdffonts', [file], { encoding: 'utf8' }).trim().split('\n').slice(2);
    expect(fonts.length).toBeGreaterThan(0);
    for (const font of fonts) expect(font).toMatch(/DejaVuSans.* yes yes yes /);
    execFileSync('pdftoppm', ['-r', '60', '-gray', file, join(folder, 'page')]);
    const page = readFileSync(join(folder, 'page-1.pgm'));
    expect(page.filter((value) => value < 100).length).toBeGreaterThan(500);
  });
});
