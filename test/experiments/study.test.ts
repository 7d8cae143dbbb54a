import { describe, expect, it } from 'vitest';
import { study, type StudyInput } from '../../src/experiments/study';
import { findStudy } from '../../src/studies/registry';

const smallest = {
  name: 'first',
  data: 'location30',
  model: 'mlp',
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }],
  seeds: [1, 2],
  shadows: 1,
  epochs: 15,
  attacks: ['loss'],
} as const;

describe('study', () => {
  it('fills in the documented defaults', () => {
    const { split, recipe, methods, threads } = study(smallest);
    expect(split).toEqual({ name: 'quarters', options: { stratified: false } });
    expect(threads).toBe(1);
    expect(recipe).toMatchObject({
      epochs: 15,
      batchSize: 128,
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 5e-4,
    });
    expect(methods.map(({ key, label }) => [key, label])).toEqual([
      ['ce', 'CE'],
      ['ccel alpha=0.5', 'CCEL (alpha 0.5)'],
    ]);
  });

  it('starts from the official recipe where that is asked for', () => {
    const { recipe } = study({ ...smallest, epochs: undefined, recipe: 'official' });
    expect([recipe.epochs, recipe.milestones]).toEqual([100, [40, 80]]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown key', { epoch: 3 }, /"epoch" is no option of study. Did you mean "epochs"\?/],
    ['an unknown loss', { methods: [{ loss: 'ccl' }] }, /"ccl" is no loss. Did you mean "cc?e?l/],
    [
      'alpha above 1',
      { methods: [{ loss: 'ccel', alpha: 1.5 }] },
      /loss ccel: alpha is 1.5, but must be in \[0, 1\]/,
    ],
    ['alpha NaN', { methods: [{ loss: 'ccel', alpha: Number.NaN }] }, /loss ccel: alpha is NaN, but must be/],
    ['a wrong option', { methods: [{ loss: 'ccel', gama: 1 }] }, /"gama" is no option of loss ccel/],
    [
      'a seed that is no whole number',
      { seeds: [0.5] },
      /seeds.0 is 0.5, but every seed must be a whole number/,
    ],
    ['a seed twice', { seeds: [1, 1] }, /a seed is "1", but must stand in a study only once/],
    [
      'a method twice',
      { methods: [{ loss: 'ce' }, { loss: 'ce', beta: 1 }] },
      /a method is "ce", but must stand/,
    ],
    ['no seed', { seeds: [] }, /must name at least one seed/],
    ['an unknown attack', { attacks: ['los'] }, /must be one of .* \(did you mean loss\?\)/],
  ])('refuses %s with value, rule and remedy', (_what, changes, message) => {
    expect(() => study({ ...smallest, ...changes } as unknown as StudyInput)).toThrow(message);
  });
});

describe('findStudy', () => {
  it('knows the named studies and refuses others', () => {
    expect(findStudy('first-look').seeds).toEqual([1, 2, 3]);
    expect(() => findStudy('first-lock')).toThrow(/Did you mean "first-look"\?/);
    expect(() => findStudy('nowhere.json')).toThrow(/nowhere.json cannot be read \(ENOENT\)/);
  });
});
