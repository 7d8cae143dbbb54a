import { takeFeatures, takeLabels } from '../src/data/dataset';
import { dataset } from '../src/data/registry';
import { splitQuarters } from '../src/data/split';
import { defense } from '../src/defenses/registry';
import { model } from '../src/models/registry';
import { openBackend } from '../src/platform/backend/backend';
import { recipe } from '../src/training/recipe';
import type { Records } from '../src/training/records';
import { train } from '../src/training/train';

/**
 * DP-SGD steps of the paper's MLP on Location30, of a batch of 128 on average, or with the argument `plain` steps without
 * it; one thread. Prints milliseconds a step as JSON; the twin is dp_sgd.py.
 */
async function main(plain: boolean): Promise<void> {
  const backend = await openBackend({ threads: 1 });
  const data = await dataset('location30');
  const split = splitQuarters(data.records, 1);
  const records = (part: Int32Array): Records => ({ x: takeFeatures(data, part), y: takeLabels(data, part) });
  const network = model('mlp', { features: data.features, classes: data.classes });
  const members = records(split.targetMembers);
  const key = { seed: 1, role: 'target', index: 0 } as const;
  const epochs = 12;
  const warmUp = 2;
  let steps = 0;
  let start = 0n;
  await train({
    backend,
    network,
    defense: plain ? defense('ce') : defense('dp-sgd'),
    recipe: recipe('study', { epochs, evaluateEvery: epochs }),
    members,
    nonMembers: records(split.targetNonMembers),
    key,
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
void main(process.argv[2] === 'plain');
