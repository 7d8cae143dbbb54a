import { loss } from '../src/losses/registry';
import { model } from '../src/models/registry';
import { openBackend } from '../src/platform/backend/backend';
import { randomStream } from '../src/platform/math/random';
import { lossDefense } from '../src/training/batch-loss';
import { train } from '../src/training/train';
import { recipe } from '../src/training/recipe';
import type { Records } from '../src/training/records';
import { type BenchData, locationRecords } from './location-records';

/** Sizes of the paper's networks for tables, and the epochs to time (the first two warm up). */
const workloads = {
  location30: { batchSize: 128, hidden: [1024, 512, 256, 128], epochs: 12, records: locationRecords },
  purchase: { batchSize: 512, hidden: [1024, 512, 256], epochs: 5, records: purchaseLike },
};
const warmUp = 2;

/**
 * The trainer on a tanh network, SGD with momentum and weight decay, the loss read after each step, one thread. Prints
 * milliseconds a step as JSON; the twin is mlp_training.py.
 *
 * Arguments: workload; loss.
 */
async function main([name, lossName]: readonly string[]): Promise<void> {
  const { batchSize, hidden, records, epochs } = workloads[name as keyof typeof workloads];
  const { members, nonMembers, classes } = await records();
  const features = members.x.length / members.y.length;
  let steps = 0;
  let start = 0n;
  await train({
    backend: await openBackend({ threads: 1 }),
    network: model('mlp', { features, classes, hidden }),
    defense: lossDefense(loss(lossName === 'ccel' ? 'ccel' : 'ce')),
    recipe: recipe('study', { epochs, batchSize, evaluateEvery: epochs }),
    members,
    nonMembers,
    key: { seed: 1, role: 'target', index: 0 },
    onProgress: ({ epoch, step, steps: all }) => {
      if (epoch === warmUp && step === all) start = process.hrtime.bigint();
      if (epoch > warmUp) steps++;
      if (epoch === epochs && step === all) {
        const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
        process.stdout.write(`${JSON.stringify({ value: milliseconds / steps })}\n`);
      }
    },
  });
}

/** Random records of Purchase100's shape. */
function purchaseLike(): Promise<BenchData> {
  const { uniform, below } = randomStream({ seed: 1, role: 'data', purpose: 'synthetic' });
  const of = (n: number): Records => ({
    x: Float32Array.from({ length: n * 600 }, () => (uniform() < 0.12 ? 1 : 0)),
    y: Int32Array.from({ length: n }, () => below(100)),
  });
  return Promise.resolve({ members: of(5120), nonMembers: of(512), classes: 100 });
}

void main(process.argv.slice(2));
