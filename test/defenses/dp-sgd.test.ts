import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { epsilonSpent } from '../../src/defenses/accountant/accountant';
import { dpSgdGradient, dpSgdPrivacy, poissonBatches } from '../../src/defenses/dp-sgd';
import { defense, type DefenseOptions } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { modelFromData } from '../../src/models/registry';
import { toTensors } from '../../src/models/network';
import { toTorch } from '../../src/models/weights-file';
import { openBackend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import { randomStream } from '../../src/platform/math/random';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { hashedInput, hashedWeights, summary } from '../models/hashed-weights';
import { syntheticRecords } from '../training/small-task';
import { defendedTask, expectSameBitsAfterResume } from './defended-task';

interface OpacusStep {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly batch: number;
  readonly shift: number;
  readonly clipNorm: number;
  readonly batchSize: number;
  readonly norms: readonly number[];
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
  readonly noiseMultiplier: number;
  readonly noiseDeviation: number;
  readonly parameters: number;
}

/** What Opacus computes in float64 (test/fixtures/defenses/make-dp-sgd.py). */
const opacusSteps = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'defenses', 'dp-sgd.json'), 'utf8'),
) as OpacusStep[];

/** One step on the fixture's records (or on none), as flat gradients by parameter. */
async function stepOf(
  each: OpacusStep,
  noiseMultiplier: number,
  { empty = false, step = 1 } = {},
): Promise<{ network: ReturnType<typeof modelFromData>; values: number[]; gradients: Float32Array[] }> {
  const { tf } = await openBackend();
  const network = modelFromData(each);
  const before = tf.memory().numTensors;
  const tensors = toTensors(tf, network, hashedWeights(network, each.shift));
  const records = Int32Array.from({ length: empty ? 0 : each.batch }, (_, i) => i);
  const size = hashedInput(network.inputShape, each.batch).slice(0, empty ? 0 : undefined);
  const x = tf.tensor(size, [records.length, ...network.inputShape]);
  const labels = tf.tensor1d(
    Array.from(records, (i) => i % network.classes),
    'int32',
  );
  const oneHot = tf.tidy(() => tf.oneHot(labels, network.classes).toFloat() as Tensor2D);
  const key = { seed: 1, role: 'target', index: 0, epoch: 1, step } as const;
  const result = dpSgdGradient(
    { tf, network, tensors, x, oneHot, records, key, learningRate: 0.1 },
    { loss: loss('ce'), clipNorm: each.clipNorm, batchSize: each.batchSize, noiseMultiplier },
  );
  const values = Array.from(result.values.dataSync());
  const gradients = result.gradients.map((g) => Float32Array.from(g.dataSync()));
  tf.dispose([tensors, x, labels, oneHot, result.values, [...result.gradients]] as never);
  expect(tf.memory().numTensors).toBe(before);
  return { network, values, gradients };
}

function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

describe('a step of DP-SGD', () => {
  it.each(opacusSteps)('has the clipped sum of Opacus: $name, $parameters parameters', async (each) => {
    const clippedRecords = each.norms.filter((norm) => norm > each.clipNorm).length;
    expect(clippedRecords).toBeGreaterThan(0);
    expect(clippedRecords).toBeLessThan(each.batch);
    const { network, gradients, values } = await stepOf(each, 0);
    expect(values).toHaveLength(each.batch);
    const longest = Math.max(...Object.values(each.gradients).map(([length]) => length));
    network.parameters.forEach((info, i) => {
      const found = summary(info.name, toTorch(info, gradients[i]));
      const [length, product] = each.gradients[info.name];
      const scale = Math.max(length, 1e-3 * longest);
      expect(Math.abs(found[0] - length) / scale, info.name).toBeLessThan(1e-3);
      expect(Math.abs(found[1] - product) / scale, info.name).toBeLessThan(1e-3);
    });
  });

  it('has the noise of Opacus, independent of weight, step and batch', async () => {
    for (const each of opacusSteps.slice(1)) {
      const clean = await stepOf(each, 0);
      const noise = async (step: number): Promise<number[]> => {
        const { gradients } = await stepOf(each, each.noiseMultiplier, { step });
        return gradients.flatMap((g, i) => Array.from(g, (v, k) => v - clean.gradients[i][k]));
      };
      const [first, second] = [await noise(1), await noise(2)];
      const exact = (each.noiseMultiplier * each.clipNorm) / each.batchSize;
      const error = 5 / Math.sqrt(2 * each.parameters);
      expect(Math.abs(each.noiseDeviation / exact - 1)).toBeLessThan(error);
      expect(Math.abs(deviation(first) / exact - 1)).toBeLessThan(error);
      const product = first.reduce((sum, v, i) => sum + (v * second[i]) / exact ** 2, 0);
      expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(each.parameters));
    }
  });

  it('is the noise alone where the batch is empty', async () => {
    const each = opacusSteps[1];
    const { gradients, values } = await stepOf(each, 2, { empty: true });
    expect(values).toEqual([0]);
    const all = gradients.flatMap((g) => Array.from(g));
    const exact = (2 * each.clipNorm) / each.batchSize;
    expect(Math.abs(deviation(all) / exact - 1)).toBeLessThan(5 / Math.sqrt(2 * all.length));
    const still = await stepOf(each, 0, { empty: true });
    expect(still.gradients.every((g) => g.every((v) => v === 0))).toBe(true);
  });
});

describe('Poisson batches', () => {
  const stream = (epoch: number) => randomStream({ seed: 3, role: 'target', purpose: 'order', epoch });

  it('take each record with the same chance, once a batch at most, independently', () => {
    const [n, rate, steps] = [40, 0.15, 20_000];
    const batches = poissonBatches(n, rate, steps, stream(1));
    expect(batches).toHaveLength(steps);
    const counts = new Float64Array(n);
    const sizes = batches.map((batch) => {
      batch.forEach((record, i) => {
        if (i > 0) expect(record).toBeGreaterThan(batch[i - 1]);
        counts[record]++;
      });
      return batch.length;
    });
    const spread = Math.sqrt(steps * rate * (1 - rate));
    for (const count of counts) expect(Math.abs(count - steps * rate)).toBeLessThan(5 * spread);
    // Binomial sizes: mean n q, variance n q (1 - q).
    const mean = sizes.reduce((sum, size) => sum + size, 0) / steps;
    const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / steps;
    const exact = n * rate * (1 - rate);
    expect(Math.abs(mean - n * rate)).toBeLessThan(5 * Math.sqrt(exact / steps));
    expect(Math.abs(variance / exact - 1)).toBeLessThan(5 * Math.sqrt(2 / steps));
    // Two neighbors in the same batch, and one record in two batches in a row.
    const both = batches.filter((batch) => batch.includes(4) && batch.includes(5)).length;
    const again = batches.filter(
      (batch, i) => i > 0 && batch.includes(0) && batches[i - 1].includes(0),
    ).length;
    for (const count of [both, again]) {
      expect(Math.abs(count - steps * rate ** 2)).toBeLessThan(5 * Math.sqrt(steps * rate ** 2));
    }
  });

  it('may be empty, or hold everything', () => {
    expect(poissonBatches(3, 0.01, 50, stream(2)).some((batch) => batch.length === 0)).toBe(true);
    expect(poissonBatches(3, 1, 2, stream(2)).map((batch) => [...batch])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });
});

describe('training with DP-SGD', () => {
  const small = recipe('study', { epochs: 4, batchSize: 10, milestones: [3], evaluateEvery: 2 });
  const options = (changes: DefenseOptions<'dp-sgd'> = {}): DefenseOptions<'dp-sgd'> => ({
    noiseMultiplier: 0.3,
    ...changes,
  });

  it.each(['poisson', 'shuffle'] as const)(
    'goes on from any epoch to the same bits: %s',
    async (sampling) => {
      await expectSameBitsAfterResume(defense('dp-sgd', options({ sampling })), { recipe: small });
    },
  );

  it('goes on with empty batches', async () => {
    const members = syntheticRecords(0, 12);
    const one = recipe('study', { epochs: 3, batchSize: 1, milestones: [], evaluateEvery: 3 });
    await expectSameBitsAfterResume(defense('dp-sgd', options()), { members, recipe: one });
  });

  it('is plain training where nothing is clipped and there is no noise', async () => {
    const free = defense('dp-sgd', { noiseMultiplier: 0, clipNorm: 1e6, sampling: 'shuffle' });
    const whole = recipe('study', { epochs: 4, batchSize: 25, milestones: [], evaluateEvery: 4 });
    const ours = await train(await defendedTask(free, { recipe: whole }));
    const plain = await train(await defendedTask(defense('ce'), { recipe: whole }));
    ours.state.parameters.forEach((values, i) =>
      values.forEach((v, k) => expect(Math.abs(v - plain.state.parameters[i][k])).toBeLessThan(1e-5)),
    );
  });

  it('trains with any loss that records have of their own', async () => {
    const ccel = defense('dp-sgd', options({ base: { loss: 'ccel', alpha: 0.7 } }));
    expect(ccel.label).toBe('DP-SGD (noise 0.3, clip 1) + CCEL (alpha 0.7)');
    const { signals } = await train(await defendedTask(ccel, { recipe: small }));
    expect(signals.logits.every(Number.isFinite)).toBe(true);
    expect(() => defense('dp-sgd', { base: { loss: 'flooding' } })).toThrow(/the loss flooding has none/);
  });

  it('refuses batch norm and offers group norm', async () => {
    const spec = (norm: string) => ({ name: 'resnet20', options: { input: [8, 8, 3], classes: 3, norm } });
    const images = { x: new Float32Array(20 * 192).fill(0.5), y: new Int32Array(20) };
    const task = await defendedTask(defense('dp-sgd', options()), {
      network: modelFromData(spec('batch')),
      members: images,
      nonMembers: images,
      inference: undefined,
      recipe: recipe('study', { epochs: 1, batchSize: 10, milestones: [], evaluateEvery: 1 }),
    });
    await expect(train(task)).rejects.toThrow(/resnet20 has batch norm.*group norm.*norm: 'group'/);
    const grouped = await train({ ...task, network: modelFromData(spec('group')) });
    expect(grouped.signals.logits.every(Number.isFinite)).toBe(true);
  });

  it('refuses a target that cannot be reached, and batches larger than the data', async () => {
    const target = defense('dp-sgd', { targetEpsilon: 0.01, accountant: 'rdp' });
    await expect(train(await defendedTask(target))).rejects.toThrow(/target epsilon is 0.01, but/);
    const large = { recipe: recipe('study', { batchSize: 51 }) };
    await expect(train(await defendedTask(defense('dp-sgd', options()), large))).rejects.toThrow(
      'the batch size is 51',
    );
  });
});

describe('what a training with DP-SGD spends', () => {
  const study = recipe('study');
  const options = {
    noiseMultiplier: 1,
    targetEpsilon: 0,
    delta: 1e-5,
    sampling: 'poisson',
    accountant: 'pld',
  } as const;

  it('counts the steps of the recipe, up to its last epoch', () => {
    const spent = dpSgdPrivacy(options, 1252, study);
    expect(spent).toMatchObject({ noiseMultiplier: 1, sampleRate: 128 / 1252, steps: 400 });
    // dp-accounting and Opacus (accountant.json): 14.938.
    expect(spent.epsilon).toBeCloseTo(14.938, 2);
    expect(dpSgdPrivacy(options, 1252, { ...study, stopAfter: 5 }).steps).toBe(50);
    expect(dpSgdPrivacy({ ...options, noiseMultiplier: 0 }, 1252, study).epsilon).toBe(Infinity);
  });

  it('finds the noise for a target', () => {
    const spent = dpSgdPrivacy({ ...options, targetEpsilon: 3 }, 1252, study);
    expect(spent.epsilon).toBeLessThanOrEqual(3);
    expect(spent.epsilon).toBeGreaterThan(2.99);
    expect(spent.noiseMultiplier).toBeGreaterThan(2);
  });

  it('gains nothing from a shuffled order', () => {
    const spent = dpSgdPrivacy({ ...options, sampling: 'shuffle' }, 1252, study);
    expect(spent).toMatchObject({ sampleRate: 1, steps: 40 });
    expect(spent.epsilon).toBe(epsilonSpent({ sampleRate: 1, noiseMultiplier: 1, steps: 40 }, 1e-5));
  });
});
