import { describe, expect, it } from 'vitest';
import { defense, type DefenseName } from '../../src/defenses/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { train } from '../../src/training/train';
import { fixture } from '../losses/fixture';
import {
  defendedTask,
  expectClose,
  expectSameBitsAfterResume,
  longRecipe,
  objectiveOn,
} from './defended-task';

const defenses = [
  ['label-smoothing', { epsilon: 0.3 }],
  ['confidence-penalty', { strength: 1 }],
  ['flooding', { level: 0.5 }],
] as const satisfies readonly (readonly [DefenseName, object])[];

// Their values are compared with PyTorch where losses are; this protects that they are defenses by the same name.
describe.each(defenses)('%s as a defense', (name, options) => {
  it('has value and gradient of the loss of that name beside PyTorch', async () => {
    const backend = await openBackend();
    const cases = [...fixture.logitKinds, ...fixture.batch].filter((entry) => entry.name === name);
    expect(cases.length).toBeGreaterThan(0);
    for (const entry of cases) {
      const { value, gradient } = await objectiveOn(backend, defense(name, entry.options as never), {
        logits: entry.logits ?? fixture.logits.moderate,
        labels: fixture.labels,
      });
      const { values, gradient: rows } = entry.moderate;
      expectClose([value], [values.reduce((sum, each) => sum + each, 0) / values.length], 2e-6, 1);
      // Of a loss of single records the fixture holds each record's own gradient, here it is that of the mean.
      expectClose(
        gradient,
        rows.flat().map((g) => g / values.length),
        5e-6,
      );
    }
  });

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense(name, options as never));
  });

  it('keeps the members less confident than cross-entropy does', async () => {
    const confidence = async (made: ReturnType<typeof defense>): Promise<number> => {
      const { signals } = await train(await defendedTask(made, { recipe: longRecipe }));
      let sum = 0;
      for (let row = 0; row < 50; row++) {
        const z = Array.from({ length: 3 }, (_, k) => signals.logits[3 * row + k]);
        const top = Math.max(...z);
        sum += 1 / z.reduce((total, each) => total + Math.exp(each - top), 0);
      }
      return sum / 50;
    };
    expect(await confidence(defense(name, options as never))).toBeLessThan(
      (await confidence(defense('ce'))) - 0.03,
    );
  });
});
