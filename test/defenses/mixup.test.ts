import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawMixing, mixedGradient } from '../../src/defenses/mixup';
import { defense } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { betaQuantile } from '../../src/platform/math/distributions';
import { lossOnBatch } from '../../src/training/batch-loss';
import { train } from '../../src/training/train';
import {
  defendedTask,
  expectClose,
  expectSameBitsAfterResume,
  longRecipe,
  meanLosses,
} from './defended-task';
import { type FixedSteps, runFixedSteps } from './fixed-steps';

type Fixture = FixedSteps & {
  alpha: number;
  mixings: { lambda: number; partners: number[] }[];
  runs: Record<'ce' | 'ccel', { losses: number[]; weights: number[][] }>;
  quantiles: { a: number; u: number; value: number }[];
};
const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/defenses/mixup.json'), 'utf8'),
) as Fixture;
const key = { seed: 3, role: 'target', index: 0, epoch: 1 } as const;

describe('a step', () => {
  it.each(['ce', 'ccel'] as const)('with %s gives the losses and weights of PyTorch', async (name) => {
    const objective = lossOnBatch(name === 'ce' ? loss('ce') : loss('ccel', { alpha: fixture.alpha }));
    const found = runFixedSteps(await openBackend(), fixture, (step) => {
      const { lambda, partners } = fixture.mixings[step.key.step - 1];
      return mixedGradient(step, objective, { lambda, partners: Int32Array.from(partners) });
    });
    const { losses, weights } = fixture.runs[name];
    expectClose(found.losses, losses);
    weights.forEach((wanted, i) => expectClose(found.weights[i], wanted));
  });
});

describe('lambda', () => {
  it('comes from the quantile function of Beta(a, a), as scipy has it', () => {
    for (const { a, u, value } of fixture.quantiles) {
      expect(Math.abs(betaQuantile(u, a, a) - value)).toBeLessThanOrEqual(1e-12 * value);
    }
  });

  it.each([0.2, 1, 4])('has the mean 1/2 and the variance 1 / (4 (2a + 1)) for a = %d', (a) => {
    const draws = Array.from({ length: 4000 }, (_, step) => drawMixing({ ...key, step }, 1, a).lambda);
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - 0.5) ** 2, 0) / draws.length;
    const expected = 1 / (4 * (2 * a + 1));
    // Five standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / draws.length));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1);
  });

  it('and the partners differ from step to step and are the same for the same step', () => {
    const at = (step: number) => drawMixing({ ...key, step }, 20, 1);
    expect(at(1)).toEqual(at(1));
    expect(at(1).lambda).not.toBe(at(2).lambda);
    expect([...at(1).partners]).not.toEqual([...at(2).partners]);
    expect([...at(1).partners].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});

describe('mixup', () => {
  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('mixup', { concentration: 0.5, base: { loss: 'ccel' } }));
  });

  it('keeps the losses of members and non-members closer together than cross-entropy', async () => {
    const end = async (made: ReturnType<typeof defense>) =>
      meanLosses((await train(await defendedTask(made, { recipe: longRecipe }))).state);
    const [free, mixed] = [await end(defense('ce')), await end(defense('mixup'))];
    expect(mixed.members).toBeGreaterThan(2 * free.members);
    expect(mixed.nonMembers - mixed.members).toBeLessThan(0.7 * (free.nonMembers - free.members));
  });

  it('refuses a concentration of 0 and a name that is none', () => {
    expect(() => defense('mixup', { concentration: 0 })).toThrow(/concentration is 0, but must be above 0/);
    // @ts-expect-error the parameter is called concentration
    expect(() => defense('mixup', { alpha: 1 })).toThrow(/"alpha" is no option of defense mixup/);
  });
});
