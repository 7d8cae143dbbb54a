import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import type { Tensor, Tensor2D, TensorFlow } from '../../src/platform/backend/tensor';
import { type Network, toTensors } from '../../src/models/network';
import { model } from '../../src/models/registry';
import { hashedInput } from './hashed-weights';

const key = { seed: 1, role: 'target' } as const;

/** Plain steps of gradient descent on cross-entropy with labels 0, 1, 2, ...; gives the losses. */
function descend(
  tf: TensorFlow,
  network: Network,
  { batch, steps }: { batch: number; steps: number },
): number[] {
  let tensors = toTensors(tf, network, network.initial(key));
  const x = tf.tensor(hashedInput(network.inputShape, batch), [batch, ...network.inputShape]);
  const oneHot = tf.tidy(
    () =>
      tf
        .oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(network.classes, 'int32')), network.classes)
        .toFloat() as Tensor2D,
  );
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const pass = network.forward(tf, tensors, x, { ...key, epoch: 1, step });
    const gradient = tf.tidy(() => {
      const logs = tf.logSoftmax(pass.logits) as Tensor2D;
      losses.push(logs.mul(oneHot).sum().dataSync()[0] / -batch);
      return logs.exp().sub<Tensor2D>(oneHot).div<Tensor2D>(batch);
    });
    const { parameters } = network.backward(tf, tensors, pass.saved, gradient);
    const next = tensors.parameters.map((w, i) => tf.tidy(() => w.sub(parameters[i].mul(0.05)) as Tensor));
    tf.dispose([tensors, parameters, pass.logits, gradient]);
    tensors = { parameters: next, buffers: pass.buffers };
  }
  const after = [...tensors.parameters, ...tensors.buffers];
  expect(after.every((tensor) => tensor.dataSync().every(Number.isFinite))).toBe(true);
  tf.dispose([tensors, x, oneHot]);
  return losses;
}

describe.skipIf(!nativeIsBuilt())('training steps', () => {
  it.each([
    ['densenet121 on small images', () => model('densenet121', { classes: 3 }), 2],
    [
      'densenet121 on an image of ImageNet size',
      () => model('densenet121', { input: [224, 224, 3], classes: 5 }),
      1,
    ],
    [
      'resnet18 on images of ImageNet size',
      () => model('resnet18', { input: [224, 224, 3], classes: 1000 }),
      2,
    ],
    ['vgg11 on an odd size', () => model('vgg11', { input: [70, 70, 3] }), 1],
  ])('%s: one step, finite, and nothing is left behind', async (_, make, batch) => {
    const { tf } = await openBackend();
    const before = tf.memory().numTensors;
    const [loss] = descend(tf, make(), { batch, steps: 1 });
    expect(loss).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('200 steps keep the number of tensors, their bytes and the memory of the process', async () => {
    const { tf } = await openBackend();
    const normed = model('resnet20', { input: [8, 8, 3] });
    const plain = model('cnn', { input: [8, 8, 3], dropout: 0.1 });
    descend(tf, plain, { batch: 16, steps: 20 });
    const { numTensors, numBytes } = tf.memory();
    const resident = process.memoryUsage().rss;
    descend(tf, plain, { batch: 16, steps: 200 });
    const losses = descend(tf, normed, { batch: 16, steps: 20 });
    expect(losses[19]).toBeLessThan(losses[0] / 2);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    expect((process.memoryUsage().rss - resident) / 2 ** 20).toBeLessThan(60);
  });

  it('dropout drops its share in training, another mask each step and layer, none in evaluation', async () => {
    const { tf } = await openBackend();
    const network = model('mlp', { features: 4, hidden: [2000], classes: 1, dropout: 0.3 });
    tf.tidy(() => {
      const tensors = toTensors(tf, network, {
        // Hidden values are tanh(1); the logit is their mean.
        parameters: [
          new Float32Array(8000),
          new Float32Array(2000).fill(1),
          new Float32Array(2000).fill(1 / 2000),
          new Float32Array(1),
        ],
        buffers: [],
      });
      const x = tf.ones([1, 4]);
      const logit = (step: number): number =>
        network.forward(tf, tensors, x, { ...key, epoch: 1, step }).logits.dataSync()[0];
      // Five standard errors of the share of 2,000 kept values, each divided by 0.7.
      const width = 5 * Math.sqrt((0.3 / 0.7) * (1 / 2000)) * Math.tanh(1);
      expect(Math.abs(logit(1) - Math.tanh(1))).toBeLessThan(width);
      expect(logit(1)).toBe(logit(1));
      expect(logit(2)).not.toBe(logit(1));
      expect(network.logits(tf, tensors, x).dataSync()[0]).toBeCloseTo(Math.tanh(1), 5);
    });
  });

  it('give the same bits when they are done again', async () => {
    const { tf } = await openBackend();
    const network = model('wideresnet-16-4', { input: [16, 16, 3], dropout: 0.2 });
    const losses = (): number[] => descend(tf, network, { batch: 4, steps: 4 });
    expect(losses()).toEqual(losses());
  });

  it('say what is wrong: shape of the input, one record before batch norm, DP on batch norm', async () => {
    const { tf } = await openBackend();
    const network = model('resnet18');
    tf.tidy(() => {
      const tensors = toTensors(tf, network, network.initial(key));
      expect(() => network.logits(tf, tensors, tf.ones([2, 3, 32, 32]))).toThrow(
        /shape of the input is \[2,3,32,32\], but must be \[batch, 32, 32, 3\]/,
      );
      const step = { ...key, epoch: 1, step: 1 };
      const one = tf.ones([1, 32, 32, 3]);
      const before = tf.memory().numTensors;
      expect(() => network.forward(tf, tensors, one, step)).toThrow(
        /Batch norm layer4.0.bn1 sees one value a channel/,
      );
      expect(tf.memory().numTensors).toBe(before);
      const { saved, logits } = network.forward(tf, tensors, tf.ones([2, 32, 32, 3]), step);
      expect(() => network.exampleSquaredNorms(tf, tensors, saved, logits)).toThrow(
        /resnet18 has batch norm.*norm: 'group'/,
      );
    });
  });
});
