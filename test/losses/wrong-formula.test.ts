import { describe, expect, it } from 'vitest';
import { defineLoss } from '../../src/losses/define-loss';
import { type Formula, lossOfFormula } from '../../src/losses/formula';
import { alpha } from '../../src/losses/parameters';
import type { LossForms } from '../../src/losses/probability-loss';

const made = (f: Formula, exact?: Partial<LossForms>) => lossOfFormula({ name: 'x', options: {} }, f, exact);

describe('what is wrong with a formula is said when the loss is made', () => {
  it('a closed form that is another than the derived one, with the first p at which they part', () => {
    const cubic: Formula = ({ p, u }) => u.sub(p.pow(3));
    expect(() => made(cubic, { slope: ({ p }) => -1 / p - 3 * p ** 2 })).not.toThrow();
    expect(() => made(cubic, { slope: ({ p }) => -1 / p - 2 * p ** 2 })).toThrow(
      /The slope of this loss is -10\.0200 at p = 0\.1, but its formula gives -10\.0300/,
    );
  });

  it('a sign that is turned, a formula that is no number, and one that is no expression', () => {
    expect(() => made(({ u }) => u.neg())).toThrow(
      /rises with p: its weight .* is -1\.00 at p = 0\.5.*Turn its sign/,
    );
    expect(() => made(({ p }) => p.sub(1).log())).toThrow(/This loss is NaN at p = 0\.001/);
    expect(() => made(() => 3 as never)).toThrow(/formula of this loss is 3, but must be an expression of p/);
    // Below 0 for some p, as in flooding, is a choice.
    expect(() => made(({ u }) => u.sub(0.1).abs())).not.toThrow();
  });

  it('also in the registry, for the options that are asked for', () => {
    const turned = defineLoss({
      ...{ name: 'turned', label: 'Turned', title: 'Turned', formula: '?', reference: 'this test' },
      parameters: { alpha },
      f: ({ p, u }, { alpha: a }) =>
        p
          .pow(3)
          .mul(1 - a)
          .sub(u.mul(a)),
    });
    expect(() => turned.create({ alpha: 0.5, beta: 1 })).toThrow(/Turn its sign/);
  });
});
