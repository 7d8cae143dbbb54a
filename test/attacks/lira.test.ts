import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liraVariances, liraVariants, type LiraOptions } from '../../src/attacks/lira';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { attack } from '../../src/attacks/registry';
import { rmiaVariants } from '../../src/attacks/rmia';
import { aucEstimate } from '../../src/metrics/auc';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';
import { attackNoteWords } from '../../src/wording';

const context = { seed: 1 };
const run = (set: SignalSet, options: LiraOptions) => attack('lira', options).scores(set, context);

/** M models of two classes whose scaled logits are given: phi = z_0 - z_1, the true class being 0. */
function ofScaledLogits(
  phi: readonly (readonly number[])[],
  members: readonly (readonly number[])[],
): SignalSet {
  return memorySignalSet({
    labels: phi[0].map(() => 0),
    members,
    logits: phi.map((row) => Float64Array.from(row.flatMap((value) => [value, 0]))),
  });
}

describe('LiRA by hand', () => {
  // Record 0: in 1, 3 (mean 2, sd 1), out -1, 1 (mean 0, sd 1); the target says 2.
  const set = ofScaledLogits(
    [
      [2, 0],
      [1, 5],
      [3, 6],
      [-1, 1],
      [1, 2],
    ],
    [
      [1, 0],
      [1, 1],
      [1, 1],
      [0, 0],
      [0, 0],
    ],
  );

  it('is the difference of two log densities', () => {
    // -(2-2)^2/2 + (2-0)^2/2 = 2
    expect(run(set, {}).scores[0]).toBeCloseTo(2, 12);
    // In: mean 5.5, sd .5; out: mean 1.5, sd .5; the target says 0: (3^2 - 11^2) / 2.
    expect(run(set, {}).scores[1]).toBeCloseTo((9 - 121) / 2, 12);
  });

  it('offline: z, ln Phi(z) and -ln N', () => {
    expect(run(set, { online: false }).scores[0]).toBeCloseTo(2, 12);
    expect(run(set, { online: false, form: 'log-tail' }).scores[0]).toBeCloseTo(
      Math.log(0.977249868051821),
      12,
    );
    expect(run(set, { online: false, form: 'two-sided' }).scores[0]).toBeCloseTo(
      2 + 0.5 * Math.log(2 * Math.PI),
      12,
    );
  });

  it('two-sided calls a record below its out-models a member, one-sided does not', () => {
    const below = ofScaledLogits(
      [
        [-9, 0],
        [-1, -1],
        [1, 1],
      ],
      [
        [0, 1],
        [0, 0],
        [0, 0],
      ],
    );
    const score = (form: 'one-sided' | 'two-sided') => run(below, { online: false, form }).scores;
    expect(score('one-sided')[0]).toBeLessThan(score('one-sided')[1]);
    expect(score('two-sided')[0]).toBeGreaterThan(score('two-sided')[1]);
  });
});

describe('LiRA where data are poor', () => {
  it.each(liraVariances)(
    'stays finite with one model a side, equal values, p of 0 and 1 (%s)',
    (variance) => {
      const set = ofScaledLogits(
        [
          [700, -700, 0, 1],
          [700, 3, 0, 1],
          [700, -2, 0, 1],
        ],
        [
          [1, 0, 1, 0],
          [1, 1, 1, 1],
          [0, 0, 0, 0],
        ],
      );
      for (const online of [true, false]) {
        for (const center of ['median', 'mean'] as const) {
          const { scores, usable } = run(set, { online, variance, center });
          expect(usable).toBeUndefined();
          expect(scores.every(Number.isFinite)).toBe(true);
        }
      }
    },
  );

  it('leaves out records without a side, and says how many', () => {
    const set = ofScaledLogits(
      [
        [1, 2, 3, 1],
        [1, 2, 3, 2],
        [2, 3, 4, 3],
      ],
      [
        [1, 0, 1, 0],
        [1, 1, 0, 1],
        [0, 1, 0, 0],
      ],
    );
    const online = run(set, {});
    expect(Array.from(online.usable ?? [])).toEqual([1, 0, 0, 1]);
    expect(online.notes.map(attackNoteWords).join()).toContain(
      '2 of 4 records have too few in- and out-models',
    );
    expect(Array.from(run(set, { online: false }).usable ?? [])).toEqual([1, 0, 1, 1]);
  });

  it('refuses a target that stands alone, and copies that are not there', () => {
    const set = ofScaledLogits([[1, 2]], [[1, 0]]);
    expect(() => run(set, {})).toThrow(/lira-online\/per-example-median needs in- and out-models/);
    expect(() => run(set, { online: false })).toThrow(/needs out-models/);
    expect(() => run(set, { queries: 'augmented' })).toThrow(/augmented/);
  });
});

describe('options', () => {
  it('are inferred from the name, so that a wrong one fails in the editor and at run time', () => {
    // @ts-expect-error RMIA has no variance
    expect(() => attack('rmia', { variance: 'global' })).toThrow(/variance/);
    // @ts-expect-error no such variance
    expect(() => attack('lira', { variance: 'fixed' })).toThrow(/variance is "fixed"/);
    // @ts-expect-error no such attack
    expect(() => attack('lyra')).toThrow(/Did you mean "lira"/);
  });

  it('give every variant of an audit a name of its own', () => {
    const names = [
      ...liraVariants.map((options) => attack('lira', options).name),
      ...rmiaVariants.map((options) => attack('rmia', options).name),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('lira-online/per-example-median');
    expect(names).toContain('lira-offline/global-median');
    expect(names).toContain('rmia-online/gamma-1');
  });

  it('all four statistics find members of models that memorize', () => {
    const set = memorizingSet(3);
    for (const statistic of ['scaled-logit', 'loss', 'confidence', 'hinge'] as const) {
      for (const queries of ['record', 'augmented'] as const) {
        const { scores } = run(set, { statistic, queries, variance: 'global' });
        expect(aucEstimate(scores, set.members[0]), `${statistic}, ${queries}`).toBeGreaterThan(0.95);
      }
    }
  });

  it('an affine change of the statistic leaves every score as it is', () => {
    const value = fc.integer({ min: -60, max: 60 }).map((x) => x / 10);
    const phi = fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { minLength: 7, maxLength: 7 });
    const halves = [0, 1, 2, 3, 4, 5, 6].map((m) => [0, 1, 2, 3, 4, 5].map((i) => (m + i) % 2));
    fc.assert(
      fc.property(phi, fc.constantFrom(...liraVariances), fc.boolean(), (rows, variance, online) => {
        const scores = (scale: number, shift: number) =>
          run(
            ofScaledLogits(
              rows.map((row) => row.map((x) => scale * x + shift)),
              halves,
            ),
            { variance, online },
          ).scores;
        // Powers of two and whole shifts keep equal values equal.
        const [before, after] = [scores(1, 0), scores(4, 8)];
        before.forEach((score, i) => {
          expect(Math.abs(after[i] - score)).toBeLessThan(1e-6 * Math.max(1, Math.abs(score)));
        });
      }),
      { numRuns: 60 },
    );
  });
});
