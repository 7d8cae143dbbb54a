import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { logSoftmax } from '../../src/signals/log-softmax';
import { memorySignalSet, type SignalArrays } from '../../src/signals/memory-signal-set';

const good: SignalArrays = {
  logits: [Float32Array.of(1, 2, 3, 4, 6, 5), Float32Array.of(0, 0, 1, 1, 2, 2)],
  labels: [0, 1, 0],
  members: [
    [1, 0, 1],
    [0, 1, 1],
  ],
};

describe('memorySignalSet', () => {
  it('gives each model its outputs and its membership', () => {
    const set = memorySignalSet({ ...good, target: 1 });
    expect([set.models, set.n, set.classes, set.target]).toEqual([2, 3, 2, 1]);
    expect(set.model(0).logits).toEqual(Float32Array.of(1, 2, 3, 4, 6, 5));
    expect([...set.model(1).members]).toEqual([0, 1, 1]);
    expect(set.randomizedMembership).toBe(false);
  });

  it('takes all models in one array, and membership as booleans', () => {
    const flat = Float64Array.of(1, 2, 3, 4, 6, 5, 0, 0, 1, 1, 2, 2);
    const set = memorySignalSet({ ...good, logits: flat, members: [1, 0, 1, 0, 1, 1] });
    expect([...set.model(1).logits]).toEqual([0, 0, 1, 1, 2, 2]);
    const one = memorySignalSet({
      logits: flat.subarray(0, 6),
      labels: [0, 1, 0],
      members: [true, false, true],
    });
    expect([...one.members[0]]).toEqual([1, 0, 1]);
  });

  it('turns probabilities into logits with the same softmax, also 0 and 1', () => {
    const p = Float64Array.of(0.25, 0.75, 0, 1, 0.5, 0.5);
    const set = memorySignalSet({ ...good, logits: undefined, probabilities: p, members: [1, 0, 1] });
    const { logits } = set.model(0);
    expect([...logits].every(Number.isFinite)).toBe(true);
    logSoftmax({ n: 3, classes: 2, logits }).forEach((ln, i) => expect(Math.exp(ln)).toBeCloseTo(p[i], 12));
  });

  it('carries copies, population and the arrays of the target', () => {
    const set = memorySignalSet({
      ...good,
      augmented: { copies: 2, logits: new Float32Array(2 * 3 * 2 * 2).map((_, i) => i) },
      population: { labels: [1, 0, 1, 1], logits: new Float32Array(2 * 4 * 2).map((_, i) => i) },
      groups: ['a', 'b', 7],
      canaries: [0, 1, 0],
      gradientNorms: { kinds: 1, values: Float64Array.of(1, 2, 3) },
      trajectory: { epochs: 1, logits: Float64Array.of(1, 2, 3, 4, 5, 6) },
      randomizedMembership: true,
    });
    expect([...set.augmented!.model(1)].slice(0, 2)).toEqual([12, 13]);
    expect([...set.population!.model(1)].slice(0, 2)).toEqual([8, 9]);
    expect([...set.population!.labels]).toEqual([1, 0, 1, 1]);
    expect(set.groups).toEqual(['a', 'b', '7']);
    expect([...set.canaries!]).toEqual([0, 1, 0]);
    expect(set.randomizedMembership).toBe(true);
  });

  const bad: readonly [string, Partial<SignalArrays>, string][] = [
    [
      'a short row',
      { logits: [new Float32Array(6), new Float32Array(5)] },
      'logits[1].length is 5, but must be 6',
    ],
    ['too few rows', { logits: [new Float32Array(6)] }, 'logits.length is 1, but must be 2'],
    ['no outputs', { logits: undefined }, 'exactly one of the two is needed'],
    ['both outputs', { probabilities: new Float64Array(12) }, 'exactly one of the two is needed'],
    ['a NaN', { logits: new Float32Array(12).fill(NaN, 9, 10) }, 'logits[1, 1, 1] is NaN'],
    ['one class', { logits: new Float32Array(6) }, 'the number of classes of logits'],
    ['a label beyond the classes', { labels: [0, 2, 0] }, 'labels[1] is 2'],
    ['a label that is no integer', { labels: [0, 0.5, 0] }, 'labels[1] is 0.5'],
    [
      'a membership of 2',
      {
        members: [
          [1, 0, 2],
          [0, 1, 1],
        ],
      },
      'members[0][2] is 2',
    ],
    [
      'only members',
      {
        members: [
          [1, 1, 1],
          [0, 1, 1],
        ],
      },
      'both members and non-members are needed',
    ],
    ['a target beyond the models', { target: 2 }, 'target is 2, but must be a whole number in 0 .. 1'],
    ['a group too few', { groups: ['a'] }, 'groups.length is 1'],
    [
      'a NaN in the copies',
      { augmented: { copies: 1, logits: new Float32Array(12).fill(Infinity, 11) } },
      'augmented.logits[1, 2, 0, 1] is Infinity',
    ],
    [
      'probabilities that do not sum to 1',
      { logits: undefined, probabilities: new Float64Array(12).fill(0.4) },
      'the sum of probabilities[0, 0] is 0.8',
    ],
    [
      'a negative probability',
      { logits: undefined, probabilities: new Float64Array(12).fill(0.5).fill(-0.1, 7, 8) },
      'probabilities[1, 0, 1] is -0.1, but must be a probability',
    ],
    [
      'a model that answers NaN in logits',
      { logits: new Float32Array(12).fill(NaN, 7, 8) },
      'logits[1, 0, 1] is NaN, but must be a finite number. A model that answers NaN has diverged',
    ],
    [
      'a model that answers NaN',
      { logits: undefined, probabilities: new Float64Array(12).fill(0.5).fill(NaN, 7, 8) },
      'probabilities[1, 0, 1] is NaN, but must be a probability in [0, 1]. A model that answers NaN has diverged: train it ' +
        'again, or leave this model out',
    ],
  ];
  for (const [what, change, message] of bad) {
    it(`refuses ${what}`, () => {
      const make = (): unknown => memorySignalSet({ ...good, ...change });
      expect(make).toThrow(UserError);
      expect(make).toThrow(message);
    });
  }

  it('lets reference models hold no record at all: only the target needs both sides', () => {
    expect(
      memorySignalSet({
        ...good,
        members: [
          [1, 0, 1],
          [0, 0, 0],
        ],
      }).models,
    ).toBe(2);
  });
});
