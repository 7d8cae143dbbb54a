import { describe, expect, it } from 'vitest';
import { hampOutputs, highEntropyLabel, inOrderOf } from '../../src/defenses/hamp';
import { defense } from '../../src/defenses/registry';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { joined } from '../../src/platform/math/joined';
import { topClass } from '../../src/signals/log-softmax';
import type { LossTraining } from '../../src/training/defense';
import { train } from '../../src/training/train';
import { syntheticRecords } from '../training/small-task';
import {
  defendedTask,
  expectClose,
  expectSameBitsAfterResume,
  longRecipe,
  meanLosses,
} from './defended-task';
import { gradientOf } from './objective-gradient';
import { hampFixture, setupOf } from './staged-cases';

describe('the labels of HAMP', () => {
  it('have the true-class probability that scipy finds, and never less entropy than asked for', () => {
    for (const { gamma, classes, own } of hampFixture.labels) {
      const label = highEntropyLabel(gamma, classes);
      expect(label.own).toBeCloseTo(own, 12);
      expect(label.own + (classes - 1) * label.other).toBeCloseTo(1, 14);
      const h = -label.own * Math.log(label.own) - (classes - 1) * label.other * Math.log(label.other);
      expect(h).toBeGreaterThanOrEqual(gamma * Math.log(classes) - 1e-12);
    }
  });

  it('are the plain ones at gamma 0', () => {
    expect(highEntropyLabel(0, 10)).toEqual({ own: 1, other: 0 });
  });
});

describe('the answers of HAMP', () => {
  it('are the sorted outputs of another input in the own order, as numpy has it', () => {
    const { own, random, wanted } = hampFixture.answers;
    own.forEach((row, i) =>
      expect(inOrderOf(Float32Array.from(row), Float32Array.from(random[i]))).toEqual(
        Float32Array.from(wanted[i]),
      ),
    );
  });

  it('keep the predicted class where the other input has two largest outputs', () => {
    for (const largest of [3, -2, 0]) {
      const answer = inOrderOf(Float32Array.of(1, 5, 9), Float32Array.of(largest, largest, -7));
      expect(answer[2]).toBeGreaterThan(answer[1]);
      expect(answer[2]).toBeCloseTo(largest, 5);
    }
    // Of equal logits the first is the predicted class, before and after.
    expect(topClass(inOrderOf(Float32Array.of(2, 2, 1), Float32Array.of(4, 4, 4)), 0, 3)).toBe(0);
  });

  // A wide network too: its products are sums of hundreds of terms, in whatever order the processor's kernels take.
  it.each([[[16, 8]], [[300, 70]]])(
    'are the same for a query whenever and with whatever it is asked, and keep the order of all classes: MLP %j',
    async (hidden) => {
      const made = defense('hamp');
      const network = model('mlp', { features: 12, hidden, classes: 3 });
      const nonMembers = syntheticRecords(1, 100);
      const task = await defendedTask(made, { network, nonMembers });
      const { signals, ask } = await train(task);
      const { ask: askPlainly } = await train({
        ...task,
        defense: defense('hamp', { modifyOutputs: false }),
      });
      const { x } = nonMembers;
      const [answers, plain] = [ask(x), askPlainly(x)];
      expect(answers).toEqual(signals.logits.subarray(50 * 3));
      for (const rows of [1, 2, 3, 7, 64]) {
        const asked = Array.from({ length: Math.ceil(100 / rows) }, (_, i) =>
          ask(x.subarray(i * rows * 12, (i + 1) * rows * 12)),
        );
        expect(joined(Float32Array, asked), `${rows} at once`).toEqual(answers);
      }
      const order = (row: Float32Array): number[] => Array.from(row.keys()).sort((a, b) => row[b] - row[a]);
      // The plain logits are of products of another shape. Float32 sums of at most n = 300 + 70 + 12 terms differ by less
      // than n units of 2^-24 of the sum of absolute terms, here within 10 times the largest logit.
      const rounding = 382 * 2 ** -24 * 10 * Math.max(...plain.map(Math.abs));
      expect(rounding).toBeLessThan(0.01);
      for (let at = 0; at < answers.length; at += 3) {
        const row = plain.subarray(at, at + 3);
        const inAnswer = order(answers.subarray(at, at + 3)).map((k) => row[k]);
        expect(inAnswer[0]).toBeGreaterThan(inAnswer[1] - rounding);
        expect(inAnswer[1]).toBeGreaterThan(inAnswer[2] - rounding);
      }
      expect(answers).not.toEqual(plain);
    },
  );

  it('come from random bits for binary data, from the range of each feature otherwise', () => {
    const asked: Float32Array[] = [];
    const logits = (x: Float32Array): Float32Array => {
      asked.push(x.slice());
      return new Float32Array((x.length / 2) * 3);
    };
    const filterOf = (x: number[]) =>
      hampOutputs({
        members: { x: Float32Array.from(x), y: Int32Array.of(0, 1) },
        inputShape: [2],
        classes: 3,
        key: { seed: 1, role: 'target', index: 0 },
        tf: undefined as never,
        network: undefined as never,
        logits,
      });
    // 288 rows are whole blocks, so that no row is only there to fill one up; queries and random inputs take turns.
    const queries = Float32Array.from({ length: 576 }, (_, i) => i / 7);
    const randomInputs = (): number[] =>
      asked.splice(0).flatMap((x, i) => (i % 2 === 0 ? [] : Array.from(x)));
    filterOf([0, 1, 1, 0])(new Float32Array(864), queries);
    const bits = randomInputs();
    expect(bits.length).toBe(576);
    expect(new Set(bits)).toEqual(new Set([0, 1]));
    expect(bits.filter((bit) => bit === 1).length).toBeGreaterThan(240);
    filterOf([-1, 10, 1, 30])(new Float32Array(864), queries);
    const values = randomInputs();
    const [first, second] = [0, 1].map((f) => values.filter((_, i) => i % 2 === f).sort((a, b) => a - b));
    expect([first[0], first[first.length - 1]].map(Math.round)).toEqual([-1, 1]);
    expect([second[0], second[second.length - 1]].map(Math.round)).toEqual([10, 30]);
  });
});

describe('hamp', () => {
  it('gives the same bits after a resume at any epoch and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('hamp'));
  });

  it('treats each record alone, whatever else is in the batch, as ensembles rely on', async () => {
    const backend = await openBackend();
    const { logits, y } = hampFixture;
    const lossOf = (gamma: number) => defense('hamp', { gamma }).training(setupOf(5), []) as LossTraining;
    const { loss, perRecord } = lossOf(0.5);
    expect(perRecord).toBe(lossOf(0.5).perRecord);
    expect(perRecord).not.toBe(lossOf(0.6).perRecord);
    const all = gradientOf(backend, loss, { logits, labels: y }).gradient;
    logits.forEach((row, i) => {
      const alone = gradientOf(backend, loss, { logits: [row], labels: [y[i]] }).gradient;
      expectClose(
        all.subarray(i * 5, i * 5 + 5).map((value) => value * logits.length),
        alone,
      );
    });
  });

  it('keeps members far less confident than plain training does, and still learns', async () => {
    const end = async (made: ReturnType<typeof defense>) =>
      (await train(await defendedTask(made, { recipe: longRecipe }))).state;
    const [plain, defended] = [await end(defense('ce')), await end(defense('hamp', { gamma: 0.8 }))];
    expect(meanLosses(plain).members).toBeLessThan(0.1);
    expect(meanLosses(defended).members).toBeGreaterThan(0.4);
    const { correct } = defended.history[defended.history.length - 1];
    const right = (part: Uint8Array): number => part.reduce((sum, each) => sum + each, 0);
    // Chance is 17 of 50.
    expect(right(correct.subarray(0, 50))).toBeGreaterThan(40);
    expect(right(correct.subarray(50))).toBeGreaterThan(20);
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('hamp', { gamma: 1 })).toThrow(/gamma is 1, but must be in \[0, 1\)/);
    expect(() => defense('hamp', { alpha: -1 })).toThrow(/alpha is -1, but must be at least 0/);
    // @ts-expect-error true or false
    expect(() => defense('hamp', { modifyOutputs: 1 })).toThrow(
      /modifyOutputs is 1, but must be true or false/,
    );
    // @ts-expect-error the parameter is called gamma
    expect(() => defense('hamp', { entropy: 0.5 })).toThrow(/"entropy" is no option of defense hamp/);
  });
});
