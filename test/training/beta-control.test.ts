import { describe, expect, it } from 'vitest';
import { loss } from '../../src/losses/registry';
import { betaControl } from '../../src/training/beta-control';
import { recipe, type RecipeChanges } from '../../src/training/recipe';
import type { TrainingState } from '../../src/training/task';
import { smallTask, stateOf, syntheticRecords } from './small-task';

// 50 records in batches of 10: 5 steps an epoch, 50 steps.
const base = recipe('study', {
  epochs: 10,
  batchSize: 10,
  milestones: [6],
  learningRate: 0.2,
  momentum: 0.9,
  weightDecay: 0.01,
  evaluateEvery: 10,
});

/** The run with the factor, and its control without. */
async function both(name: 'ce' | 'ccel' | 'focal', beta: number): Promise<[TrainingState, TrainingState]> {
  return [
    await stateOf(await smallTask({ recipe: base, loss: loss(name, { beta }) })),
    await stateOf(await smallTask({ recipe: betaControl(base, beta), loss: loss(name) })),
  ];
}

describe('beta is learning rate x beta and weight decay / beta, over 50 steps of SGD with momentum', () => {
  it.each([
    ['ce', 1 / 2],
    ['ccel', 1 / 32],
    ['focal', 4],
  ] as const)('%s, beta %d: the same bits', async (name, beta) => {
    const [factor, control] = await both(name, beta);
    factor.parameters.forEach((array, i) => expect(array).toEqual(control.parameters[i]));
    expect(factor.outputs).toEqual(control.outputs);
    // and not because nothing happened, or beta did nothing
    const [without] = await both(name, 1);
    expect(factor.outputs).not.toEqual(without.outputs);
  });

  it.each([
    ['ce', 0.05],
    ['ccel', 0.05],
    ['ccel', 0.3],
  ] as const)('%s, beta %d: to 1e-4', async (name, beta) => {
    const [factor, control] = await both(name, beta);
    factor.parameters.forEach((array, i) =>
      array.forEach((w, k) => expect(Math.abs(w - control.parameters[i][k])).toBeLessThan(1e-4)),
    );
  });

  it.each<[string, RecipeChanges]>([
    ['Nesterov', { nesterov: true }],
    ['a cosine', { schedule: 'cosine' }],
    ['a moving average', { ema: 0.9 }],
    ['an early stop', { patience: 2, evaluateEvery: 1, learningRate: 1 }],
  ])('with %s: the same bits', async (_, changes) => {
    const settings = recipe('study', { ...base, ...changes });
    const inference = syntheticRecords(2);
    const factor = await stateOf(
      await smallTask({ recipe: settings, inference, loss: loss('ccel', { beta: 1 / 4 }) }),
    );
    const control = await stateOf(
      await smallTask({ recipe: betaControl(settings, 1 / 4), inference, loss: loss('ccel') }),
    );
    expect(factor.parameters).toEqual(control.parameters);
    expect(factor.ema).toEqual(control.ema);
    expect(factor.epoch).toBe(control.epoch);
    expect(factor.outputs).toEqual(control.outputs);
  });

  it('the velocity of the one is beta times that of the other', async () => {
    const [factor, control] = await both('ccel', 1 / 4);
    factor.slots.velocity.forEach((v, i) => expect(v).toEqual(control.slots.velocity[i].map((x) => x / 4)));
  });

  it('the README of the official code with beta 0.05 is learning rate 0.005 and weight decay 0.01', () => {
    const control = betaControl(recipe('official'), 0.05);
    expect(control.learningRate).toBeCloseTo(0.005, 15);
    expect(control.weightDecay).toBeCloseTo(0.01, 15);
    expect({ ...control, learningRate: 0.1, weightDecay: 5e-4 }).toEqual(recipe('official'));
  });
});

describe('where it does not hold it is refused by name', () => {
  it('the optimizer and the clipping of the recipe itself', () => {
    expect(() => betaControl({ ...base, optimizer: 'adam' }, 0.5)).toThrow(
      /with adam: it divides each gradient/,
    );
    expect(() => betaControl({ ...base, gradientClip: 1 }, 0.5)).toThrow(
      /with gradient-clipping: a threshold/,
    );
  });

  it.each([0, -1, NaN, Infinity])('beta %d', (beta) => {
    expect(() => betaControl(base, beta)).toThrow(/^beta is .*, but must be a positive number/);
  });
});
