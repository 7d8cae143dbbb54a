import { describe, expect, it } from 'vitest';
import {
  isEvaluated,
  lastEpoch,
  learningRateAt,
  namedSchedules,
  recipe,
  type RecipeChanges,
  recipes,
  recipeSchema,
} from '../../src/training/recipe';

describe('named recipes', () => {
  it('are what the run scripts of the authors say', () => {
    const shown = Object.entries(recipes).map(([name, r]) => [name, r.epochs, r.milestones, r.weightDecay]);
    expect(shown).toEqual([
      ['study', 40, [20, 32], 5e-4],
      ['official', 100, [40, 80], 5e-4],
      ['cifar', 300, [150, 225], 5e-4],
      ['imagenet', 90, [30, 60], 5e-4],
      ['tiny-imagenet', 150, [50, 100], 5e-4],
      ['relaxloss', 120, [50, 100], 1e-4],
    ]);
    for (const { batchSize, learningRate, momentum, schedule, decay } of Object.values(recipes))
      expect([batchSize, learningRate, momentum, schedule, decay]).toEqual([
        128,
        0.1,
        0.9,
        'multi-step',
        0.1,
      ]);
  });

  it('are whole: parsing them again changes nothing', () => {
    for (const known of Object.values(recipes)) expect(recipeSchema.parse(known)).toEqual(known);
  });

  it('an unknown one comes with the nearest', () => {
    expect(() => recipe('oficial' as never)).toThrow(/"oficial" is no recipe. Did you mean "official"\?/);
  });
});

describe('named schedules', () => {
  it.each(Object.entries(namedSchedules))('%s becomes its kind and settings', (name, settings) => {
    const made = recipe('study', { schedule: name as RecipeChanges['schedule'], epochs: 300 });
    expect(made).toEqual({ ...recipes.study, epochs: 300, ...settings });
    expect(learningRateAt(made, 0)).toBe(0.1);
    expect(learningRateAt(made, 299)).toBeLessThan(0.01 + 1e-12);
  });

  it('give way to settings that stand beside them, and replace those of the recipe', () => {
    const { milestones, decay } = recipe('official', { schedule: 'wrn', decay: 0.5, milestones: undefined });
    expect([milestones, decay]).toEqual([[60, 120, 160], 0.5]);
  });
});

describe('epochs', () => {
  it('stopAfter ends early without bending the schedule', () => {
    const whole = recipe('study', { schedule: 'cosine', evaluateEvery: 3 });
    const cut = recipe('study', { schedule: 'cosine', evaluateEvery: 3, stopAfter: 10 });
    expect([lastEpoch(whole), lastEpoch(cut)]).toEqual([40, 10]);
    for (let epoch = 0; epoch < 10; epoch++)
      expect(learningRateAt(cut, epoch)).toBe(learningRateAt(whole, epoch));
    expect([1, 3, 9, 10].map((epoch) => isEvaluated(cut, epoch))).toEqual([false, true, true, true]);
    expect(isEvaluated(whole, 10)).toBe(false);
  });

  it('milestones beyond the epochs are allowed and never reached', () => {
    const { epochs } = recipe('study', { epochs: 5, milestones: [3, 50] });
    expect(epochs).toBe(5);
  });
});

describe('a setting out of range is refused by name', () => {
  it.each<[RecipeChanges | Record<string, unknown>, RegExp]>([
    [{ learningRate: -0.1 }, /training: learningRate is -0\.1, but must be positive/],
    [{ learningRate: 0 }, /learningRate is 0, but must be positive/],
    [{ learningRate: Infinity }, /learningRate is Infinity/],
    [{ learningRate: NaN }, /learningRate is NaN/],
    [{ weightDecay: -1e-4 }, /weightDecay is -0\.0001, but must not be negative/],
    [{ momentum: 1 }, /momentum is 1, but must be in \[0, 1\)/],
    [{ beta2: -0.1 }, /beta2 is -0\.1, but must be in \[0, 1\)/],
    [{ gradientClip: 0 }, /gradientClip is 0, but must be positive/],
    [{ ema: 1 }, /ema is 1, but must be in \[0, 1\)/],
    [{ patience: 0 }, /patience is 0, but must be at least 1/],
    [{ batchSize: 0 }, /batchSize is 0, but must be at least 1/],
    [{ batchSize: 2.5 }, /batchSize is 2\.5, but batch size must be a whole number/],
    [{ epochs: 0 }, /epochs is 0, but must be at least 1/],
    [{ stepSize: 0 }, /stepSize is 0/],
    [{ milestones: [0] }, /milestones\.0 is 0, but must be at least 1/],
    [{ decay: 0 }, /decay is 0, but must be positive/],
    [{ evaluateEvery: 0 }, /evaluateEvery is 0/],
    [{ epochs: 40, stopAfter: 50 }, /stopAfter is 50, but must be at most 40, the number of epochs/],
    [{ schedule: 'multistep' }, /schedule is "multistep", but .*multi-step/],
    [{ optimizer: 'lion' }, /optimizer is "lion", but .*sgd.*adam/],
    [{ nesterov: 'yes' }, /nesterov is "yes"/],
    [{ learningrate: 1 }, /"learningrate" is no option of training. Did you mean "learningRate"\?/],
  ])('%j', (changes, message) => {
    expect(() => recipe('study', changes as RecipeChanges)).toThrow(message);
  });
});
