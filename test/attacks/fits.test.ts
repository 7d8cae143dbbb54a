import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logisticFit, logisticScores } from '../../src/attacks/learners/logistic';
import { foldsOf, outOfFold } from '../../src/attacks/learners/lesson';
import { lowerQuantile, quantileFit } from '../../src/attacks/quantile-regression';
import { medianInPlace } from '../../src/attacks/reference-sides';

const value = fc.integer({ min: -50, max: 50 }).map((x) => x / 8);

describe('quantile regression', () => {
  const pinball = (
    rows: { x: Float64Array; y: Float64Array }[],
    at: (c: number) => number,
    slope: number,
    level: number,
  ) =>
    rows.reduce(
      (sum, { x, y }, c) =>
        sum +
        y.reduce((own, response, i) => {
          const r = response - at(c) - slope * x[i];
          return own + (r < 0 ? level - 1 : level) * r;
        }, 0),
      0,
    );

  it('has the least pinball loss: no line of any two observations does better', () => {
    const pair = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pair, pair, fc.constantFrom(0.1, 0.5, 0.83, 0.95), (a, b, level) => {
        const rows = [a, b].map((own) => ({
          x: Float64Array.from(own, ([x]) => x),
          y: Float64Array.from(own, ([, y]) => y),
        }));
        const { intercepts, slope } = quantileFit(rows, level);
        const found = pinball(rows, (c) => intercepts[c], slope, level);
        // Some best line has the slope of two observations of one class.
        const slopes = rows.flatMap(({ x, y }) =>
          Array.from(x.keys()).flatMap((i) =>
            Array.from(x.keys()).map((j) => (x[i] === x[j] ? 0 : (y[i] - y[j]) / (x[i] - x[j]))),
          ),
        );
        const best = slopes.map((s) =>
          pinball(
            rows,
            (c) =>
              lowerQuantile(
                rows[c].y.map((y, i) => y - s * rows[c].x[i]),
                level,
              ),
            s,
            level,
          ),
        );
        expect(found).toBeLessThanOrEqual(Math.min(...best) + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('without a regressor is the quantile of each class; empty classes have none', () => {
    const y = Float64Array.of(5, 1, 4, 2, 3);
    const { intercepts, slope } = quantileFit(
      [
        { y, x: new Float64Array(5).fill(2) },
        { y: new Float64Array(0), x: new Float64Array(0) },
      ],
      0.8,
    );
    expect(slope).toBe(0);
    expect(Array.from(intercepts)).toEqual([4, NaN]);
  });
});

describe('logistic regression', () => {
  const rows = { n: 6, width: 2, values: Float64Array.of(1, 2, 0, 1, 3, 1, 2, 5, 1, 1, 4, 4) };
  const members = Uint8Array.of(0, 0, 1, 1, 0, 1);

  it('gives the same bits in any order of the rows', () => {
    const order = [4, 2, 0, 5, 1, 3];
    const other = {
      ...rows,
      values: Float64Array.from(order.flatMap((i) => [...rows.values.subarray(2 * i, 2 * i + 2)])),
    };
    const swapped = logisticFit(
      other,
      Uint8Array.from(order, (i) => members[i]),
    );
    expect(swapped).toEqual(logisticFit(rows, members));
  });

  it('stays finite where the sides can be separated and where a feature is constant', () => {
    const separable = { n: 4, width: 2, values: Float64Array.of(0, 0.1, 1, 0.1, 10, 0.1, 11, 0.1) };
    const scores = logisticScores(logisticFit(separable, Uint8Array.of(0, 0, 1, 1)), separable);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(Math.max(scores[0], scores[1])).toBeLessThan(Math.min(scores[2], scores[3]));
    expect(() => logisticFit(rows, new Uint8Array(6))).toThrow(/members and non-members/);
  });
});

describe('folds', () => {
  it('score each row once, by a fit that has not seen it or its equals', () => {
    const n = 53;
    const values = Float64Array.from({ length: n }, (_, i) => (i * 7) % 40);
    const members = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const seen: number[] = [];
    const scores = outOfFold({ n, width: 1, values }, members, 5, (known, own, judged) => {
      expect(own.includes(1) && own.includes(0)).toBe(true);
      judged.values.forEach((x) => expect(known.values.includes(x)).toBe(false));
      seen.push(...judged.values);
      return judged.values.map((x) => x + 0.5);
    });
    expect([...seen].sort()).toEqual([...values].sort());
    expect(scores).toEqual(values.map((x) => x + 0.5));
  });

  it('depend on the rows and not on their order', () => {
    const values = Float64Array.of(3, 1, 2, 5, 4, 1);
    const members = Uint8Array.of(1, 0, 1, 0, 1, 1);
    const there = foldsOf({ n: 6, width: 1, values }, members, 2);
    const back = foldsOf({ n: 6, width: 1, values: values.slice().reverse() }, members.slice().reverse(), 2);
    expect(Array.from(back).reverse()).toEqual(Array.from(there));
  });
});

describe('the median by selection', () => {
  it('is that of the sorted values', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const sorted = Float64Array.from(values).sort();
        const n = sorted.length;
        const wanted = n % 2 === 1 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        expect(medianInPlace(Float64Array.from(values))).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });
});
