import { expect, test } from 'vitest';
import type { PathPoint } from '../../src/experiments/study-result';
import { labelledEpochs, type MethodPath, privacyUtility } from '../../src/figures/privacy-utility';
import { meanPath } from '../../src/figures/study-data';

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;
const summary = { mean: 0.5, variance: 0.25, median: 0.125, q05: 0, q95: 1, max: 1 };

function point(epoch: number, testAccuracy: number, advantage: number, mean = 0.5): PathPoint {
  const memberLoss = { ...summary, mean };
  return { epoch, trainAccuracy: 1, testAccuracy, memberLoss, nonMemberLoss: summary, advantage, auc: 0.5 };
}

test('the mean path is in the order of epochs and uses epochs of all seeds only', () => {
  const runs = [
    { path: [point(4, 0.5, 0.3), point(2, 0.25, 0.125), point(6, 0.9, 0.9)] },
    { path: [point(2, 0.75, 0.375), point(4, 0.5, 0.1)] },
  ];
  const path = meanPath(runs);
  expect(path.map(({ epoch }) => epoch)).toEqual([2, 4]);
  expect(path[0]).toMatchObject({ testAccuracy: 0.5, advantage: 0.25 });
  expect(meanPath([])).toEqual([]);
});

test('a few epochs are labelled: the first, a quarter, a half; not the end, which has its own mark', () => {
  expect([...labelledEpochs([2, 4, 6, 10, 20, 30, 40])]).toEqual([2, 10, 20]);
  expect([...labelledEpochs([])]).toEqual([]);
});

const paths: MethodPath[] = [
  {
    label: 'CE',
    points: [
      { epoch: 1, testAccuracy: 0.2, advantage: 0.05 },
      { epoch: 2, testAccuracy: 0.5, advantage: 0.4 },
    ],
    end: {
      testAccuracy: { estimate: 0.5, low: 0.45, high: 0.6, method: { name: 'exact' } },
      advantage: { estimate: 0.4, low: 0.375, high: 0.5, method: { name: 'exact' } },
    },
  },
  {
    label: '<b>CCEL</b>',
    points: [{ epoch: 1, testAccuracy: 0.3, advantage: 0.1 }],
    end: {
      testAccuracy: { estimate: 0.3, low: null, high: null, method: { name: 'exact' } },
      advantage: { estimate: 0.1, low: null, high: null, method: { name: 'exact' } },
    },
  },
];

test('each method is a path with an end mark; intervals in both directions where there are some', () => {
  const { data, layout } = privacyUtility(paths, framing, style);
  expect(data.map(({ uid }) => uid)).toEqual(['path-0', 'end-0', 'path-1', 'end-1']);
  expect(data[0].x).toEqual([0.05, 0.4]);
  expect(data[0].y).toEqual([0.2, 0.5]);
  expect(data[1].error_x).toMatchObject({ array: [0.1], arrayminus: [0.025] });
  expect(data[1].error_y).toMatchObject({ array: [0.1], arrayminus: [0.05] });
  expect(data[3].error_x).toBeUndefined();
  expect(data[2].name).toBe('&lt;b&gt;CCEL&lt;/b&gt;');
  expect(data[2].hovertemplate).not.toContain('<b>');
  expect(layout.xaxis?.title?.text).toContain('advantage');
  expect(layout.yaxis?.title?.text).toContain('test accuracy');
});
