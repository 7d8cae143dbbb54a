import { lossDefense, lossOnBatch, plainGradient } from '../../src/training/batch-loss';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { type Defense } from '../../src/training/defense';
import { learningRateAt, recipe, type RecipeChanges } from '../../src/training/recipe';
import { startState } from '../../src/training/weights';
import { stateOf } from './small-task';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(join(__dirname, '../fixtures/training', name), 'utf8')) as T;
const given = read<{ widths: number[]; start: number[][]; batches: { x: number[][]; y: number[] }[] }>(
  'sgd-steps.json',
);
const fixture = read<{
  runs: Record<string, { recipe: RecipeChanges; weights: number[][]; average: number[][] | null }>;
  schedules: Record<string, { schedule: RecipeChanges; rates: number[] }>;
}>('recipes.json');

const batchSize = given.batches[0].y.length;
const records = {
  x: Float32Array.from(given.batches.flatMap(({ x }) => x.flat())),
  y: Int32Array.from(given.batches.flatMap(({ y }) => y)),
};
/** Cross-entropy on the batches of the fixture, in their order: two an epoch. */
const inOrder: Defense = {
  ...lossDefense(loss('ce')),
  training: () => ({
    loop: () => ({
      batches: (epoch) =>
        [0, 1].map((i) =>
          Int32Array.from({ length: batchSize }, (_, k) => (2 * (epoch - 1) + i) * batchSize + k),
        ),
      gradient: (step) => plainGradient(step, lossOnBatch(loss('ce'))),
    }),
  }),
};

describe('three epochs of two steps give PyTorch’s weights', () => {
  it.each(Object.keys(fixture.runs))('%s', async (name) => {
    const { recipe: changes, weights, average } = fixture.runs[name];
    const settings = recipe('study', {
      schedule: 'constant',
      learningRate: 0.3,
      ...changes,
      epochs: 3,
      batchSize,
    });
    const network = model('mlp', {
      features: given.widths[0],
      hidden: given.widths.slice(1, -1),
      classes: given.widths[given.widths.length - 1],
    });
    const key = { seed: 1, role: 'target', index: 0 } as const;
    const parameters = given.start.map((values) => Float32Array.from(values));
    const start = { ...startState(network, settings, key), parameters };
    const state = await stateOf({
      backend: await openBackend(),
      network,
      defense: inOrder,
      recipe: settings,
      members: records,
      nonMembers: records,
      key,
      resumeFrom: { ...start, ema: start.ema === null ? null : parameters },
    });
    const largest = (found: readonly Float32Array[], expected: number[][]): number =>
      Math.max(...found.flatMap((values, i) => Array.from(values, (v, k) => Math.abs(v - expected[i][k]))));
    expect(largest(state.parameters, weights)).toBeLessThan(2e-6);
    // The steps moved the weights far more than that, so that a wrong rule would show.
    expect(largest(parameters, weights)).toBeGreaterThan(1e-2);
    if (average !== null) expect(largest(state.ema!, average)).toBeLessThan(2e-6);
    expect(state.ema === null).toBe(average === null);
  });
});

describe('learning rates over 12 epochs are those of PyTorch’s schedulers', () => {
  it.each(Object.keys(fixture.schedules))('%s', (name) => {
    const { schedule, rates } = fixture.schedules[name];
    const settings = recipe('study', { ...schedule, epochs: 12 });
    rates.forEach((rate, epoch) => expect(learningRateAt(settings, epoch)).toBeCloseTo(rate, 15));
  });
});
