import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Figure } from '../../src/figures/figure';
import { gallery as entries } from '../../src/figures/gallery/gallery';
import { galleryDocument } from '../../src/figures/gallery/document';
import { projectRoot } from '../../src/paths';
import { plotlyProblems } from './plotly-problems';
import { textBoxes } from './text-boxes';

/** Each figure is computed once: those of the theory take seconds. */
const gallery = entries.map((entry) => {
  let figure: Figure | undefined;
  return { ...entry, figure: () => (figure ??= entry.figure()) };
});

const docs = join(projectRoot, 'docs');

test('docs/figures.md is what the gallery gives; if not: npx ccl figures --gallery docs', () => {
  expect(readFileSync(join(docs, 'figures.md'), 'utf8')).toBe(galleryDocument());
});

test('each figure has its picture, all of them together are under 1 MB', () => {
  const sizes = gallery.map(({ name }) => statSync(join(docs, 'figures', `${name}.png`)).size);
  expect(Math.min(...sizes)).toBeGreaterThan(3000);
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(1_000_000);
});

test('invented data are stamped, in the picture and in words; theory, which is computed, is not', () => {
  for (const { call, figure } of gallery) {
    const drawn = figure();
    const isInvented = call.includes('source');
    const stamps = drawn.specFor({ theme: 'dark', frame: 'bare' }).layout.annotations!;
    expect(stamps.some(({ text }) => text === 'synthetic data')).toBe(isInvented);
    expect(/^Synthetic data\./.test(drawn.alt)).toBe(isInvented);
    expect(drawn.caption).toMatch(/\nReproduce: \S/);
  }
});

test.each(gallery.map(({ name, figure }) => [name, figure] as const))(
  '%s: plain scatter traces that Plotly knows, small, the same data in both themes',
  (_, figure) => {
    const drawn = figure();
    const light = drawn.stillFor({ theme: 'light', frame: 'full' });
    const dark = drawn.stillFor({ theme: 'dark', frame: 'full' });
    const text = JSON.stringify(light);
    expect(text.length).toBeLessThan(60_000);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(new Set(light.data.map(({ type }) => type))).toEqual(new Set(['scatter']));
    expect(new Set(light.data.map(({ uid }) => uid)).size).toBe(light.data.length);
    expect(dark.data.map(({ x, y }) => [x, y])).toEqual(light.data.map(({ x, y }) => [x, y]));
    for (const spec of [light, dark]) expect(plotlyProblems(spec).map(({ msg }) => msg)).toEqual([]);
  },
);

// One column of a paper is tighter, so the full width is for the long tests.
const layouts = [
  { width: 414, frame: 'bare' },
  ...(process.env.CCL_TEST_FULL === '1' ? [{ width: 860, frame: 'full' } as const] : []),
] as const;

test.each(gallery.map(({ name, figure }) => [name, figure] as const))(
  '%s: no text is cut off in one column of a paper, nor in full',
  async (_, figure) => {
    const drawn = figure();
    for (const { width, frame } of layouts) {
      const { height } = drawn.stillFor({ theme: 'light', frame, width }).layout;
      for (const { text, left, right, top, bottom } of textBoxes(await drawn.toSVG({ width, frame }))) {
        const isInside = left > -1 && right < width + 1 && top > -2 && bottom < height! + 2;
        expect(isInside, `«${text}» at ${[left, right, top, bottom].map(Math.round).join(', ')}`).toBe(true);
      }
    }
  },
);
