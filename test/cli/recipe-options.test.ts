import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { recipeSettings, withRecipeOptions, type RecipeOptions } from '../../src/platform/cli/run-command';
import { study } from '../../src/experiments/study';
import { recipes, type Recipe } from '../../src/training/recipe';

const parsed = (text: string): RecipeOptions =>
  withRecipeOptions(new Command().exitOverride())
    .parse(text === '' ? [] : text.split(' '), { from: 'user' })
    .opts<RecipeOptions>();
const recipeOf = (text: string): Recipe => {
  const options = parsed(text);
  const input = {
    name: 'run',
    methods: [{ loss: 'ce' }],
    recipe: options.recipe,
    ...recipeSettings(options),
  };
  return study(input as never).recipe;
};

describe('options of a recipe', () => {
  it('leave the recipe as it is when none is given', () => {
    expect(recipeSettings(parsed(''))).toEqual({});
    expect(recipeOf('')).toEqual(recipes.study);
    expect(recipeOf('--recipe official')).toEqual(recipes.official);
  });

  it('give every setting that a recipe has', () => {
    const all: Recipe = {
      epochs: 50,
      batchSize: 64,
      optimizer: 'adam',
      learningRate: 0.01,
      schedule: 'step',
      milestones: [5, 7],
      stepSize: 9,
      decay: 0.5,
      momentum: 0.8,
      nesterov: true,
      beta2: 0.99,
      weightDecay: 0.01,
      gradientClip: 2,
      ema: 0.9,
      patience: null,
      stopAfter: 30,
      evaluateEvery: 3,
    };
    const text =
      '--epochs 50 --batch 64 --optimizer adam --lr 0.01 --schedule step --milestones 5,7 --step-size 9 --decay 0.5 ' +
      '--momentum 0.8 --nesterov --beta2 0.99 --weight-decay 0.01 --clip 2 --ema 0.9 --stop-after 30 --evaluate-every 3';
    expect(recipeOf(text)).toEqual(all);
    expect(recipeSettings(parsed(`${text} --patience 4`))).toEqual({ ...all, patience: 4 });
    expect(Object.keys(all).sort()).toEqual(Object.keys(recipes.study).sort());
  });

  it('know the schedules that have a name', () => {
    const { schedule, milestones, decay } = recipeOf('--schedule multi_step2 --epochs 100');
    expect([schedule, milestones, decay]).toEqual(['multi-step', [40, 80], 0.1]);
    expect(recipeOf('--schedule wrn').decay).toBe(0.2);
  });

  it('answer a wrong value with the study’s own error', () => {
    expect(() => recipeOf('--lr -1')).toThrow(/learningRate is -1, but must be positive/);
    expect(() => recipeOf('--weight-decay -0.1')).toThrow(/weightDecay is -0\.1, but must not be negative/);
    expect(() => recipeOf('--optimizer lion')).toThrow(/optimizer is "lion"/);
    expect(() => recipeOf('--stop-after 99')).toThrow(/stopAfter is 99, but must be at most 40/);
  });
});
