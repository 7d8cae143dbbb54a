import { openBackend } from '../src/backend/backend';
import { takeFeatures, takeLabels } from '../src/data/dataset';
import { dataset } from '../src/data/registry';
import { splitQuarters } from '../src/data/split';
import { loss } from '../src/losses/registry';
import { model } from '../src/models/registry';
import { lossMethod } from '../src/training/method';
import { recipe } from '../src/training/recipe';
import { train } from '../src/training/train';
import type { Records } from '../src/training/records';

/**
 * Training steps of the paper's MLP on Location30 (446-1024-512-256-128-30, batch 128, SGD with momentum and weight
 * decay, the loss read after each step), one thread. Prints milliseconds a step as JSON; the twin is location_mlp.py.
 */
async function main(): Promise<void> {
  const backend = await openBackend({ threads: 1 });
  const data = await dataset('location30');
  const split = splitQuarters(data.records, 1);
  const records = (part: Int32Array): Records => ({ x: takeFeatures(data, part), y: takeLabels(data, part) });
  const epochs = 12;
  const warmUp = 2;
  let steps = 0;
  let start = 0n;
  await train({
    backend,
    network: model('mlp', { features: data.features, classes: data.classes }),
    method: lossMethod(loss(process.argv[2] === 'ccel' ? 'ccel' : 'ce')),
    recipe: recipe('study', { epochs, evaluateEvery: epochs }),
    members: records(split.targetMembers),
    nonMembers: records(split.targetNonMembers),
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
void main();
