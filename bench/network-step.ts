import { openBackend } from '../src/platform/backend/backend';
import type { Tensor, Tensor2D } from '../src/platform/backend/tensor';
import { model, type ModelName } from '../src/models/registry';
import { toTensors } from '../src/models/network';
import { largestCosts } from './kernel-costs';
import { randomStream } from '../src/platform/math/random';

/**
 * Training steps of a network on random 32x32 images: forward, cross-entropy, backward, SGD with momentum and weight
 * decay, the loss read after each step. Prints milliseconds a step and the three largest costs as JSON; the twin is
 * network_step.py.
 *
 * Arguments: name of the model, batch size, threads, steps.
 */
async function main([name, batchText, threadsText, stepsText]: readonly string[]): Promise<void> {
  const [batch, threads, steps] = [batchText, threadsText, stepsText].map(Number);
  const { tf } = await openBackend({ threads });
  const network = model(name as Exclude<ModelName, 'mlp'>, {});
  const key = { seed: 1, role: 'target' } as const;
  let { parameters, buffers } = toTensors(tf, network, network.initial(key));
  let velocities: Tensor[] = parameters.map((w) => tf.zerosLike(w));
  const { uniform, below } = randomStream({ ...key, purpose: 'synthetic' });
  const x = tf.tensor4d(
    Float32Array.from({ length: batch * 3072 }, () => 2 * uniform() - 1),
    [batch, 32, 32, 3],
  );
  const labels = Int32Array.from({ length: batch }, () => below(10));
  const oneHot = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat() as Tensor2D);
  const step = (number: number): void => {
    const pass = network.forward(tf, { parameters, buffers }, x, { ...key, epoch: 1, step: number });
    const [gradient, loss] = tf.tidy(() => {
      const logs = tf.logSoftmax(pass.logits) as Tensor2D;
      return [logs.exp().sub(oneHot).div(batch) as Tensor2D, logs.mul(oneHot).sum().div(-batch)];
    });
    const { parameters: gradients } = network.backward(
      tf,
      { parameters, buffers },
      pass.saved,
      gradient as Tensor2D,
    );
    const next = parameters.map((weight, i) =>
      tf.tidy(() => {
        const velocity = tf.addN([velocities[i].mul(0.9), gradients[i], weight.mul(5e-4)]);
        return [velocity, weight.sub(velocity.mul(0.01))] as const as unknown as Tensor[];
      }),
    );
    tf.dispose([parameters, velocities, buffers, gradients, pass.logits, gradient]);
    velocities = next.map(([v]) => v);
    parameters = next.map(([, w]) => w);
    buffers = pass.buffers;
    loss.dataSync();
    loss.dispose();
  };
  for (let i = 0; i < 3; i++) step(i);
  const tensors = tf.memory().numTensors;
  const start = process.hrtime.bigint();
  for (let i = 0; i < steps; i++) step(i + 3);
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (tf.memory().numTensors !== tensors) throw new Error('tensors are left behind');
  const costs = largestCosts(tf, () => step(steps + 3));
  process.stdout.write(`${JSON.stringify({ value: milliseconds / steps, costs })}\n`);
}
void main(process.argv.slice(2));
