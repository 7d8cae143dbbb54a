import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { type LoopSetup } from '../../src/training/defense';
import { openLoop } from '../../src/training/batch-loss';
import { defenseSetup, train } from '../../src/training/train';
import { defendedTask, expectClose, expectSameBitsAfterResume, longRecipe } from './defended-task';
import { type FixedSteps, runFixedSteps } from './fixed-steps';

type Fixture = FixedSteps & {
  strength: number;
  runs: Record<'l1' | 'l2', { losses: number[]; weights: number[][] }>;
};
const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/defenses/penalties.json'), 'utf8'),
) as Fixture;

describe.each(['l1', 'l2'] as const)('%s', (name) => {
  it('three steps give the losses and weights of PyTorch', async () => {
    const made = defense(name, { strength: fixture.strength });
    const task = await defendedTask(made);
    const run = openLoop(made.training(defenseSetup(task), []), {} as LoopSetup);
    const plain = { ...task.recipe, weightDecay: fixture.weightDecay };
    const { weightDecay } = made.recipe?.(plain) ?? plain;
    const found = runFixedSteps(await openBackend(), { ...fixture, weightDecay }, (step) =>
      run.gradient(step),
    );
    const { losses, weights } = fixture.runs[name];
    expectClose(found.losses, losses);
    weights.forEach((wanted, i) => expectClose(found.weights[i], wanted));
  });

  it('gives the same bits after a resume and leaves no tensor behind; strength 0 is plain training', async () => {
    await expectSameBitsAfterResume(defense(name, { strength: 0.01 }));
    const end = async (made: ReturnType<typeof defense>) =>
      (await train(await defendedTask(made))).state.parameters;
    expect(await end(defense(name, { strength: 0 }))).toEqual(await end(defense('ce')));
    expect(await end(defense(name, { strength: 0.01, base: { loss: 'ccel', alpha: 0.3 } }))).not.toEqual(
      await end(defense(name, { strength: 0.01 })),
    );
  });

  it('refuses a negative strength and a base loss that does not exist', () => {
    expect(() => defense(name, { strength: -1 })).toThrow(/strength is -1, but must be at least 0/);
    expect(() => defense(name, { base: { loss: 'cce' } })).toThrow(/"cce" is no loss. Did you mean "ce"/);
    // @ts-expect-error the parameter is called strength
    expect(() => defense(name, { lambda: 1 })).toThrow(/"lambda" is no option/);
  });
});

it('l1 makes weights small but leaves biases alone', async () => {
  const sizes = async (made: ReturnType<typeof defense>): Promise<{ weights: number; biases: number }> => {
    const task = await defendedTask(made, { recipe: { ...longRecipe, epochs: 60, evaluateEvery: 60 } });
    const { network, state } = await train(task);
    const sum = (role: string): number =>
      state.parameters
        .filter((_, i) => network.parameters[i].role === role)
        .reduce((all, values) => all + values.reduce((part, w) => part + Math.abs(w), 0), 0);
    return { weights: sum('weight'), biases: sum('bias') };
  };
  const [free, small] = [await sizes(defense('ce')), await sizes(defense('l1', { strength: 0.01 }))];
  expect(small.weights).toBeLessThan(0.5 * free.weights);
  expect(small.biases).toBeGreaterThan(0.1 * free.biases);
});
