import { describe, expect, it } from 'vitest';
import { auc } from '../../src/metrics/auc';
import { calibration } from '../../src/metrics/calibration';
import { slices } from '../../src/metrics/slices';
import { statisticsFixtures as fixtures } from '../fixtures/metrics/statistics';
import { binormal } from './binormal';

describe('slices', () => {
  const [scores, members] = binormal(1, 200, 200, 1, 1);
  const odd = Uint8Array.from(scores, (_, i) => i % 2);

  it('are the AUC of the records in each, all records once', () => {
    const found = slices(scores, members, {
      labels: Int32Array.from(odd, (value) => 10 * value),
      correct: odd,
      groups: Array.from(odd, (value) => (value ? 'north' : 'east')),
    });
    expect(found.map(({ by, value }) => `${by} ${value}`)).toEqual([
      'class 0',
      'class 10',
      'correctness correct',
      'correctness wrong',
      'group east',
      'group north',
    ]);
    const own = (_: number, i: number): boolean => odd[i] === 1;
    expect(found[1]).toEqual({
      by: 'class',
      value: '10',
      records: 200,
      members: 100,
      auc: auc(scores.filter(own), members.filter(own)),
      note: '',
    });
    expect(found[5].auc).toEqual(found[1].auc);
  });

  it('by loss are equally full, and equal losses share a slice', () => {
    const found = slices(scores, members, { losses: scores.map((_, i) => i) });
    expect(found.map(({ value }) => value).slice(0, 2)).toEqual(['0 to 10 %', '10 to 20 %']);
    expect(found.map(({ records }) => records)).toEqual(Array<number>(10).fill(40));
    const tied = slices(scores, members, { losses: new Float64Array(400) });
    expect(tied.map(({ records }) => records)).toEqual([0, 0, 0, 0, 400, 0, 0, 0, 0, 0]);
  });

  it('too small say so instead of an AUC', () => {
    const labels = Int32Array.from(scores, (_, i) => (i % 200 < 19 ? 0 : 1));
    const [found] = slices(scores, members, { labels });
    expect(found.auc).toBeNull();
    expect(found.note).toBe('too few records: 19 members and 19 non-members, 20 of each are needed');
    const oneSided = slices(scores, members, { groups: Array.from(members, String) });
    expect(oneSided.map((slice) => slice.auc)).toEqual([null, null]);
  });

  it('refuse keys of other lengths', () => {
    expect(() => slices(scores, members, { correct: new Uint8Array(3) })).toThrow(
      'the number of correct is 3',
    );
    expect(() => slices(scores, members, { losses: scores.map(() => NaN) })).toThrow('losses[0] is NaN');
  });
});

describe('calibration', () => {
  const { classes, eceEqualWidth, eceEqualMass, brier, nll } = fixtures.calibration;
  const logs = Float64Array.from(fixtures.calibration.logProbabilities);
  const labels = Int32Array.from(fixtures.calibration.labels);

  it('agrees with numpy and scikit-learn', () => {
    const found = calibration(logs, labels, classes);
    expect(found.eceEqualWidth).toBeCloseTo(eceEqualWidth, 12);
    expect(found.eceEqualMass).toBeCloseTo(eceEqualMass, 12);
    expect(found.brier.estimate).toBeCloseTo(brier, 12);
    expect(found.nll.estimate).toBeCloseTo(nll, 12);
    expect(found.nll.low!).toBeLessThan(nll);
    expect(found.nll.high!).toBeGreaterThan(nll);
    expect(found.bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(labels.length);
  });

  it('by hand: certain and right, certain and wrong, an infinite loss', () => {
    const sure = Float64Array.of(0, -Infinity, 0, -Infinity);
    expect(calibration(sure, Int32Array.of(0, 0), 2)).toMatchObject({
      eceEqualWidth: 0,
      brier: { estimate: 0 },
      nll: { estimate: 0 },
    });
    expect(calibration(sure, Int32Array.of(0, 1), 2)).toMatchObject({
      eceEqualWidth: 0.5,
      eceEqualMass: 0.5,
      brier: { estimate: 1 },
      nll: { estimate: Infinity, low: null },
    });
    // p = 1/2 belongs to the bin (0.4, 0.5] of ten.
    const half = calibration(Float64Array.of(Math.log(0.5), Math.log(0.5)), Int32Array.of(0), 2, 10);
    expect(half.bins.findIndex(({ count }) => count === 1)).toBe(4);
  });

  it('does not depend on the order of the records', () => {
    const rows = Array.from(labels.keys(), (i) => logs.slice(i * classes, (i + 1) * classes)).reverse();
    const back = calibration(
      Float64Array.from(rows.flatMap((row) => [...row])),
      labels.slice().reverse(),
      classes,
    );
    const found = calibration(logs, labels, classes);
    expect(back.eceEqualMass).toBeCloseTo(found.eceEqualMass, 12);
    expect(back.eceEqualWidth).toBeCloseTo(found.eceEqualWidth, 12);
  });

  it('refuses what does not fit', () => {
    expect(() => calibration(logs, labels.slice(1), classes)).toThrow(
      'the number of log-probabilities is 812',
    );
    expect(() => calibration(Float64Array.of(0.5, 0.5), Int32Array.of(0), 2)).toThrow(
      'logProbabilities[0] is 0.5',
    );
    expect(() => calibration(Float64Array.of(0, -1), Int32Array.of(2), 2)).toThrow('labels[0] is 2');
    expect(() => calibration(new Float64Array(0), new Int32Array(0), 2)).toThrow(
      'the number of records is 0',
    );
    expect(() => calibration(Float64Array.of(0, -9), Int32Array.of(0), 2, 0)).toThrow(
      'the number of bins is 0',
    );
  });
});
