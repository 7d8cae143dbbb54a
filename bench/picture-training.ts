import { loss } from '../src/losses/registry';
import { model, type ModelName } from '../src/models/registry';
import { openBackend } from '../src/platform/backend/backend';
import { randomStream } from '../src/platform/math/random';
import { lossDefense } from '../src/training/batch-loss';
import { train } from '../src/training/train';
import { recipe } from '../src/training/recipe';
import type { Records } from '../src/training/records';

const warmUp = 3;

/**
 * Steps of the trainer on random 32x32 images: everything that `train` does for a batch, without augmentation, one thread.
 * Prints milliseconds a step as JSON; the twin is network_step.py.
 *
 * Arguments: name of the model, batch size, steps.
 */
async function main([name, batchText, stepsText]: readonly string[]): Promise<void> {
  const [batchSize, steps] = [batchText, stepsText].map(Number);
  const { uniform, below } = randomStream({ seed: 1, role: 'target', purpose: 'synthetic' });
  const records = (n: number): Records => ({
    x: Float32Array.from({ length: n * 3072 }, () => 2 * uniform() - 1),
    y: Int32Array.from({ length: n }, () => below(10)),
  });
  let start = 0n;
  await train({
    backend: await openBackend({ threads: 1 }),
    network: model(name as Exclude<ModelName, 'mlp'>, {}),
    defense: lossDefense(loss('ce')),
    recipe: recipe('study', { epochs: 1, batchSize, learningRate: 0.01 }),
    members: records(batchSize * (warmUp + steps)),
    nonMembers: records(1),
    key: { seed: 1, role: 'target', index: 0 },
    onProgress: ({ step }) => {
      if (step === warmUp) start = process.hrtime.bigint();
      if (step !== warmUp + steps) return;
      const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
      process.stdout.write(`${JSON.stringify({ value: milliseconds / steps })}\n`);
    },
  });
}
void main(process.argv.slice(2));
