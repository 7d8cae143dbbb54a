import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import * as publicNames from '../../src/index';
import { namedSchedules, recipes, recipeSchema } from '../../src/training/recipe';
import { smallTask, stateOf } from './small-task';
import { stateBits } from './state-bits';

const page = readFileSync(join(__dirname, '../../docs/training.md'), 'utf8');

describe('docs/training.md', () => {
  it('has a row for each setting of a recipe, with its default', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, name, usual]) => [name, JSON.parse(usual)])).toEqual(
      Object.keys(recipeSchema.shape).map((name) => [name, recipes.study[name as 'epochs']]),
    );
  });

  it('names every recipe and schedule', () => {
    for (const name of [...Object.keys(recipes), ...Object.keys(namedSchedules)])
      expect(page).toContain(`\`${name}\``);
  });

  it('uses names that are exported', () => {
    for (const name of ['loss', 'model', 'openBackend', 'recipe', 'train'])
      expect(publicNames).toHaveProperty(name);
    for (const name of [
      'lossDefense',
      'lossOnBatch',
      'plainGradient',
      'progressLog',
      'recordEpoch',
      'tensorLoss',
    ])
      expect(publicNames[name === 'recordEpoch' ? 'attacks' : 'training']).toHaveProperty(name);
  });

  it('has an own loop that trains as half the learning rate does', async () => {
    const { defense, loss, recipe } = publicNames;
    const { lossOnBatch, plainGradient } = publicNames.training;
    await openBackend();
    const halved: publicNames.defenses.Defense = {
      ...defense('ce'),
      training: () => ({
        loop: () => ({
          gradient(step) {
            const { values, gradients, buffers } = plainGradient(step, lossOnBatch(loss('ce')));
            const half = gradients.map((g) => step.tf.tidy(() => g.mul(0.5)));
            step.tf.dispose([...gradients]);
            return { values, gradients: half, buffers };
          },
        }),
      }),
    };
    const settings = { epochs: 2, batchSize: 20, weightDecay: 0 };
    const own = await stateOf(await smallTask({ defense: halved, recipe: recipe('study', settings) }));
    const slow = await stateOf(
      await smallTask({ recipe: recipe('study', { ...settings, learningRate: 0.05 }) }),
    );
    expect(own.parameters).toEqual(slow.parameters);
    expect(stateBits(own)).not.toBe(stateBits(slow));
  });
});
