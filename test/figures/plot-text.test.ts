import { expect, test } from 'vitest';
import type { PlotlySpec } from '../../src/figures/plotly-spec';
import { renderSvg } from '../../src/figures/static';
import { plotText, wrappedPlotText } from '../../src/figures/text';

const nasty = '<b>x</b> <a href="https://example.org">y</a> 1 < 2 & %{z} $t$';

function titled(text: string): PlotlySpec {
  const layout = { title: { text }, font: { size: 12 } };
  return { data: [{ type: 'scatter', uid: 'a', x: [1], y: [1], mode: 'markers' }], layout, config: {} };
}

test('Plotly itself draws escaped text as it was written, without markup and links', async () => {
  const size = { width: 500, height: 300 };
  const escaped = await renderSvg(titled(plotText(nasty)), size);
  const shown = /<text class="gtitle"[^>]*>(.*?)<\/text>/s.exec(escaped)?.[1] ?? '';
  expect(
    shown
      .replace(/&(lt|#60);/g, '<')
      .replace(/&(gt|#62);/g, '>')
      .replace(/&amp;/g, '&')
      .replace(/&quot;/g, '"'),
  ).toBe(nasty);
  // The control: without escaping, the same text makes a link, so this test can fail.
  expect(await renderSvg(titled(nasty), size)).toContain('xlink:href="https://example.org"');
});

test('templates and MathJax find nothing to read', () => {
  expect(plotText('%{x} $y$')).not.toMatch(/%\{|\$/);
});

test('lines break at spaces only, before the width, and keep every word', () => {
  expect(wrappedPlotText('aa bb cc dddddddd e', 5)).toBe('aa bb<br>cc<br>dddddddd<br>e');
});
