import { describe, expect, it } from 'vitest';
import { knownFamilies } from '../../src/experiments/behavior/known-families';
import { lossOnLogits } from '../../src/losses/on-logits';
import { loss, lossFromData, lossNames, losses } from '../../src/losses/registry';
import { fixture, labeled, named } from './fixture';

const near = (found: ArrayLike<number>, right: number[], relative: number, absolute: number): void => {
  expect(found.length).toBe(right.length);
  right.forEach((each, i) =>
    expect(Math.abs(found[i] - each), `entry ${i}`).toBeLessThanOrEqual(relative * Math.abs(each) + absolute),
  );
};

it('the fixtures hold every loss of another kind than p that blocks were named after', () => {
  const names = [...fixture.logitKinds, ...fixture.batch].map(({ name }) => name);
  const others = lossNames.filter((name) => losses[name].kind !== 'p' && name in knownFamilies);
  expect([...new Set(names)].sort()).toEqual([...others].sort());
});

describe.each(named(fixture.point))('%s on logits', (_title, { name, options, moderate, extreme }) => {
  it.each([
    ['moderate logits', fixture.logits.moderate, moderate],
    ['logits of 1e4', fixture.logits.extreme, extreme],
  ])('%s: value and gradient are those of mpmath', (_what, rows, { values, gradient }) => {
    const found = lossOnLogits(lossFromData(name, options), labeled(rows), 'none');
    near(found.values, values, 1e-12, 1e-15);
    // Relative: gradients of 1e-9 and below must not have been rounded away.
    near(found.gradient, gradient.flat(), 1e-10, 1e-300);
  });
});

describe.each(named(fixture.logitKinds))('%s', (_title, { name, options, logits, moderate, extreme }) => {
  it.each([
    ['moderate logits', logits, moderate],
    ['logits of 1e4', fixture.logits.extreme, extreme],
  ])('%s: value and gradient are those of PyTorch', (_what, rows, { values, gradient }) => {
    const found = lossOnLogits(lossFromData(name, options), labeled(rows), 'none');
    near(found.values, values, 1e-12, 1e-12);
    near(found.gradient, gradient.flat(), 1e-10, 1e-14);
  });
});

describe.each(named(fixture.batch))('%s', (_title, { name, options, logits, moderate, extreme }) => {
  it.each([
    ['moderate logits', logits, moderate],
    ['logits of 1e4', fixture.logits.extreme, extreme],
  ])('%s: value and gradient are those of PyTorch', (_what, rows, { values, gradient }) => {
    const found = lossOnLogits(lossFromData(name, options), labeled(rows));
    near(found.values, values, 1e-12, 1e-12);
    near(found.gradient, gradient.flat(), 1e-10, 1e-14);
  });
});

describe('reductions', () => {
  const data = labeled(fixture.logits.moderate);

  it.each(['ccel', 'label-smoothing'] as const)('%s: mean and sum follow from none', (name) => {
    const [none, mean, sum] = (['none', 'mean', 'sum'] as const).map((r) =>
      lossOnLogits(loss(name), data, r),
    );
    const total = none.values.reduce((a, b) => a + b, 0);
    expect(sum.values[0]).toBeCloseTo(total, 13);
    expect(mean.values[0]).toBeCloseTo(total / data.n, 13);
    none.gradient.forEach((g, i) => {
      expect(sum.gradient[i]).toBe(g);
      expect(mean.gradient[i]).toBeCloseTo(g / data.n, 15);
    });
  });

  it('a batch loss has its one value only', () => {
    expect(() => lossOnLogits(loss('flooding'), data, 'none')).toThrow(
      /Flooding .* whole batch, so reduction none means nothing\. Use mean/,
    );
  });

  it('the variance penalty of one record is its cross-entropy', () => {
    const one = labeled([[1, 0]], [0]);
    const [penalized, plain] = [loss('variance-penalty'), loss('ce')].map((each) => lossOnLogits(each, one));
    expect(penalized).toEqual(plain);
  });

  it('all-zero logits, which have no direction, stay as they are', () => {
    const { values, gradient } = lossOnLogits(loss('logit-norm'), labeled([[0, 0]], [0]));
    expect([values[0], ...gradient.map(Math.abs)]).toEqual([Math.log(2), 0, 0]);
  });
});

describe('what lossOnLogits refuses', () => {
  const ce = loss('ce');
  it.each([
    [
      'NaN',
      { n: 2, classes: 2, logits: [0, 1, NaN, 0], labels: [0, 1] },
      /logit 0 of record 1 is NaN, but must be a finite number/,
    ],
    [
      'an infinite logit',
      { n: 1, classes: 2, logits: [0, Infinity], labels: [0] },
      /logit 1 of record 0 is Infinity/,
    ],
    [
      'a label too large',
      { n: 1, classes: 2, logits: [0, 1], labels: [2] },
      /label of record 0 is 2, but must be a whole number in \[0, 1\]\. Count classes from 0/,
    ],
    [
      'a label between classes',
      { n: 1, classes: 2, logits: [0, 1], labels: [0.5] },
      /label of record 0 is 0\.5/,
    ],
    [
      'a missing label',
      { n: 2, classes: 2, logits: [0, 1, 0, 1], labels: [0] },
      /number of labels is 1, but must be 2/,
    ],
    [
      'a missing logit',
      { n: 2, classes: 2, logits: [0, 1, 0], labels: [0, 1] },
      /number of logits is 3, but must be 2 x 2 = 4/,
    ],
    ['one class', { n: 1, classes: 1, logits: [0], labels: [0] }, /number of classes is 1/],
  ])('%s', (_what, data, message) => {
    expect(() => lossOnLogits(ce, data)).toThrow(message);
  });

  it('an unknown reduction', () => {
    expect(() => lossOnLogits(ce, labeled([[0, 1]], [0]), 'max' as never)).toThrow(/reduction is "max"/);
  });
});
