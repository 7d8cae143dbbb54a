import { expect, test } from 'vitest';
import { Figure, jupyterDisplay } from '../../src/figures/figure';
import { lossHistogramFigure } from '../../src/figures/loss-histogram';
import { privacyUtilityFigure } from '../../src/figures/privacy-utility';
import { rocFigure } from '../../src/figures/roc';
import { studyFigures } from '../../src/report/study-page-figures';
import { attackTable, comparisonTable, runAttackTable, studyTable } from '../../src/figures/study-tables';
import { sampleResult } from '../report/sample-result';

test('a figure shows itself as Plotly JSON and picture, and has no HTML that would hide the picture', async () => {
  const figure = rocFigure(sampleResult());
  expect(jupyterDisplay).toBe(Symbol.for('Jupyter.display'));
  const bundle = await figure[jupyterDisplay]();
  expect(Object.keys(bundle).sort()).toEqual(['application/vnd.plotly.v1+json', 'image/png', 'text/plain']);
  const spec = bundle['application/vnd.plotly.v1+json'];
  expect(JSON.parse(JSON.stringify(spec))).toHaveProperty('data.0.name', 'chance');
  expect(
    Buffer.from(bundle['image/png'] as string, 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
});

test('every figure of a study is small plain JSON, has words for those who cannot see it, and the command', () => {
  const result = sampleResult();
  for (const figure of studyFigures(result)) {
    expect(figure).toBeInstanceOf(Figure);
    const text = JSON.stringify(figure.spec);
    // Plain JSON: nothing is lost on the way (typed arrays, NaN and undefined in arrays would be).
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(text.length).toBeLessThan(60_000);
    for (const method of result.defenses) expect(figure.alt).toContain(method.label);
    expect(figure.caption).toContain(result.command);
    expect(text).toContain(result.command);
  }
});

test('synthetic data are stamped in both frames, real data are not', () => {
  const synthetic = sampleResult();
  const real = { ...synthetic, data: { ...synthetic.data, synthetic: false, title: 'Location30' } };
  for (const frame of ['full', 'bare'] as const) {
    const stamped = (result: typeof real): boolean =>
      studyFigures(result).every((figure) =>
        figure
          .specFor({ theme: 'light', frame })
          .layout.annotations!.some(({ text }) => text === 'synthetic data'),
      );
    expect(stamped(synthetic)).toBe(true);
    expect(stamped(real)).toBe(false);
  }
  expect(JSON.stringify(studyFigures(real).map(({ spec }) => spec))).not.toMatch(/synthetic/);
  studyFigures(synthetic).forEach(({ alt }) => expect(alt).toMatch(/^Synthetic data\. /));
  studyFigures(real).forEach(({ alt }) => expect(alt).not.toMatch(/synthetic/i));
});

test('tables of synthetic data say so, those of real data do not', () => {
  const synthetic = sampleResult();
  const real = { ...synthetic, data: { ...synthetic.data, synthetic: false, title: 'Location30' } };
  const tables = (result: typeof real) => {
    const [{ label, runs }] = result.defenses;
    const one = runAttackTable(label, runs[0], result.data.synthetic);
    return [studyTable(result), comparisonTable(result), attackTable(result), one];
  };
  tables(synthetic).forEach((table) => expect(table.toHTML()).toContain('Synthetic data.'));
  tables(real).forEach((table) => expect(table.toHTML()).not.toMatch(/synthetic/i));
});

test('bare figures leave title and caption to the page; themes differ in color only', () => {
  const figure = privacyUtilityFigure(sampleResult());
  const bare = figure.specFor({ theme: 'light', frame: 'bare' });
  expect(bare.layout.title).toBeUndefined();
  expect(JSON.stringify(bare)).not.toContain('Reproduce');
  const dark = figure.specFor({ theme: 'dark', frame: 'bare' });
  expect(dark.layout.paper_bgcolor).not.toBe(bare.layout.paper_bgcolor);
  expect(dark.data.map(({ x, y }) => [x, y])).toEqual(bare.data.map(({ x, y }) => [x, y]));
});

test('one method, one seed, no evaluated epoch: every figure still stands', async () => {
  const result = sampleResult();
  const [method] = result.defenses;
  const [run] = method.runs;
  const none = { estimate: 0.5, low: null, high: null, method: { name: 'exact' } } as const;
  const summary = { ...method.summary, testAccuracy: none, advantage: none };
  const alone = {
    ...result,
    defenses: [{ ...method, summary, runs: [{ ...run, path: [] }] }],
    comparisons: [],
  };
  const figures = studyFigures(alone);
  expect(figures[3].alt).toContain('no epoch was evaluated');
  expect(figures[2].spec.data.map(({ uid }) => uid)).toEqual(['chance', 'roc-0-mean']);
  for (const figure of figures) {
    expect(figure.caption).not.toContain('3 seeds');
    expect(await figure.toSVG()).toContain('</svg>');
  }
});

test('marks of the histogram are those of the runs, averaged over seeds', () => {
  const result = sampleResult();
  const { runs } = result.defenses[1];
  const median = runs.reduce((sum, run) => sum + run.memberLoss.median, 0) / runs.length;
  const trace = lossHistogramFigure(result).spec.data.find(({ uid }) => uid === 'marks-members-2');
  expect(trace?.x[0]).toBeCloseTo(median, 6);
});
