import { describe, expect, it } from 'vitest';
import { attackForms, MembershipAttacker, sortedRows } from '../../src/defenses/membership-attacker';
import { defense } from '../../src/defenses/registry';
import { openBackend } from '../../src/platform/backend/backend';
import type { Tensor1D, Tensor2D } from '../../src/platform/backend/tensor';
import { decodeState } from '../../src/training/checkpoint';
import { encodeState } from '../training/state-bits';
import { recipe } from '../../src/training/recipe';
import type { TrainingState } from '../../src/training/task';
import { train } from '../../src/training/train';
import { advregCases } from './advreg-cases';
import { defendedTask, expectSameBitsAfterResume, longRecipe } from './defended-task';

describe('adversarial regularization against PyTorch', advregCases);

describe('sortedRows', () => {
  it('sorts, keeps the order of equal values, and brings gradients back', async () => {
    const { tf } = await openBackend();
    tf.tidy(() => {
      const rows = [
        [3, 1, 2],
        [0, 0, -1],
      ];
      const { x, back } = sortedRows(tf, tf.tensor2d(rows));
      expect(x.arraySync()).toEqual([
        [1, 2, 3],
        [-1, 0, 0],
      ]);
      expect(
        back(
          tf.tensor2d([
            [10, 20, 30],
            [1, 2, 3],
          ]),
        ).arraySync(),
      ).toEqual([
        [30, 10, 20],
        [2, 3, 1],
      ]);
    });
  });
});

describe('MembershipAttacker', () => {
  // Protects that the optimizer's steps go the right way, and that h is the probability of membership, not of the other side.
  it.each(attackForms)('%s: learns to tell confident from unsure outputs', async (form) => {
    const { tf } = await openBackend();
    const settings = recipe('study', { epochs: 10, optimizer: 'adam', learningRate: 1e-3, weightDecay: 0 });
    const key = { seed: 1, role: 'part', index: 63 } as const;
    const attacker = new MembershipAttacker(tf, form, settings, { classes: 3, key });
    const z = tf.tensor2d(
      Array.from({ length: 20 }, (_, i) => (i < 10 ? [6 + (i % 3), 0, -1] : [1, 0.5, 0.1 * (i % 4)])),
    );
    const oneHot = tf.oneHot(tf.zeros([20], 'int32') as Tensor1D, 3).toFloat() as Tensor2D;
    const isMember = tf.tensor1d(Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0)));
    for (let i = 0; i < 100; i++) attacker.learn({ z, oneHot }, isMember, 1);
    const mean = (from: number): number =>
      tf.tidy(
        () =>
          0.5 +
          attacker
            .penalty({ z: z.slice([from, 0], [10, 3]), oneHot: oneHot.slice([from, 0], [10, 3]) }, 1)
            .value.dataSync()[0],
      );
    expect(mean(0)).toBeGreaterThan(0.75);
    expect(mean(10)).toBeLessThan(0.25);
    attacker.dispose();
  });
});

describe.each(attackForms)('advreg, form %s', (form) => {
  it('gives the same bits after a resume, the attack network included, and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('advreg', { form, base: { loss: 'ccel', alpha: 0.3 } }));
  });

  it('has plain epochs first, then the attack network in the loss', async () => {
    const states = async (made: ReturnType<typeof defense>): Promise<TrainingState[]> => {
      const kept: TrainingState[] = [];
      const onEpoch = (_: number, capture: () => TrainingState): void => void kept.push(capture());
      await train(await defendedTask(made, { onEpoch }));
      return kept;
    };
    const plain = await states(defense('ce'));
    const made = await states(defense('advreg', { form }));
    const last = form === 'nasr' ? 4 : 3;
    expect(made[last - 1].parameters).toEqual(plain[last - 1].parameters);
    expect(made[last].parameters).not.toEqual(plain[last].parameters);
    // Steps of the attack network: three batches a pass; relaxloss has five passes after each plain epoch.
    expect(made[4].defense['attacker-updates'][0]).toBe(form === 'nasr' ? 3 : 3 * 5 * 3 + 2 * 3);
  });

  it('with strength 0 is plain training', async () => {
    const end = async (made: ReturnType<typeof defense>) =>
      (await train(await defendedTask(made))).state.parameters;
    expect(await end(defense('advreg', { form, strength: 0 }))).toEqual(await end(defense('ce')));
  });

  it('goes on from a checkpoint file', async () => {
    const states: TrainingState[] = [];
    const onEpoch = (_: number, capture: () => TrainingState): void => void states.push(capture());
    const task = await defendedTask(defense('advreg', { form }), { onEpoch });
    const { state: straight } = await train(task);
    const file = encodeState(states[4], { a: 1 });
    const resumeFrom = decodeState(file, { a: 1 }, 'the file');
    const { state } = await train({ ...task, onEpoch: undefined, resumeFrom });
    expect(state.parameters).toEqual(straight.parameters);
  });
});

describe('advreg', () => {
  it('leaves its attack network less to tell members by than plain training does', async () => {
    const { tf } = await openBackend();
    const changes = { recipe: { ...longRecipe, epochs: 60, evaluateEvery: 60 } };
    /** Mean probability of membership of members, less that of non-members. */
    const advantage = async (strength: number): Promise<number> => {
      const made = defense('advreg', { form: 'relaxloss', strength, attackLearningRate: 0.01 });
      const { state, signals } = await train(await defendedTask(made, changes));
      const key = { seed: 1, role: 'part', index: 0 } as const;
      const adam = recipe('study', { optimizer: 'adam' });
      const attacker = new MembershipAttacker(tf, 'relaxloss', adam, {
        classes: 3,
        key,
        state: state.defense,
      });
      const { logits, labels } = signals as { logits: Float32Array; labels: Int32Array };
      const mean = (from: number, to: number): number =>
        tf.tidy(() => {
          const z = tf.tensor2d(logits.slice(3 * from, 3 * to), [to - from, 3]);
          const oneHot = tf.oneHot(tf.tensor1d(labels.slice(from, to), 'int32'), 3) as Tensor2D;
          return attacker.penalty({ z, oneHot }, 1).value.dataSync()[0];
        });
      const difference = mean(0, 50) - mean(50, 100);
      attacker.dispose();
      return difference;
    };
    const [free, regularized] = [await advantage(0), await advantage(10)];
    expect(regularized).toBeLessThan(0.5 * free);
  });

  it('needs an inference set', async () => {
    const task = await defendedTask(defense('advreg'), { inference: undefined });
    await expect(train(task)).rejects.toThrow(/AdvReg \(nasr, strength 1\) needs an inference set/);
  });

  it('refuses a form that is none and options that are not its own', () => {
    // @ts-expect-error no such form
    expect(() => defense('advreg', { form: 'chen' })).toThrow(/form is "chen"/);
    // @ts-expect-error the parameter is called strength
    expect(() => defense('advreg', { alpha: 1 })).toThrow(/"alpha" is no option of defense advreg/);
    expect(() => defense('advreg', { attackSteps: 0 })).toThrow(/a whole number/);
  });
});
