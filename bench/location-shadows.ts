import { takeFeatures, takeLabels } from '../src/data/dataset';
import { dataset } from '../src/data/registry';
import { splitQuarters } from '../src/data/split';
import { model } from '../src/models/registry';
import { openBackend } from '../src/platform/backend/backend';
import { defense } from '../src/defenses/registry';
import type { TrainingTask } from '../src/training/task';
import { train } from '../src/training/train';
import { recipe } from '../src/training/recipe';
import type { Records } from '../src/training/records';

/**
 * 16 shadow models of the paper's MLP on Location30, each on records of its own: start weights, 10 epochs of batches of
 * 128 (SGD with momentum and weight decay, the loss read after each step), and the outputs of 2,504 records at the end.
 * Prints seconds as JSON; the twin is location_shadows.py.
 *
 * Arguments: threads; models in an ensemble (1, 2, 4, 8, 16; 0 = one after the other by `train`), default 16.
 */
async function main([threadsText, chunkText = '16']: readonly string[]): Promise<void> {
  const [threads, chunk] = [Number(threadsText), Number(chunkText)];
  const backend = await openBackend({ threads });
  const data = await dataset('location30');
  const records = (part: Int32Array): Records => ({ x: takeFeatures(data, part), y: takeLabels(data, part) });
  const tasks = Array.from({ length: 16 }, (_, index): TrainingTask => {
    const { shadowMembers, shadowNonMembers } = splitQuarters(data.records, index);
    return {
      backend,
      network: model('mlp', { features: data.features, classes: data.classes }),
      defense: defense('ce'),
      recipe: recipe('study', { epochs: 10, milestones: [], evaluateEvery: 10 }),
      members: records(shadowMembers),
      nonMembers: records(shadowNonMembers),
      key: { seed: 1, role: 'shadow', index },
    };
  });
  // The first use of a kernel costs more than the next ones.
  const few = tasks.slice(0, 2).map((task) => ({ ...task, recipe: recipe('study', { epochs: 1 }) }));
  await train({ models: few });
  const start = process.hrtime.bigint();
  if (chunk === 0) for (const task of tasks) await train(task);
  else for (let i = 0; i < 16; i += chunk) await train({ models: tasks.slice(i, i + chunk) });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.stdout.write(`${JSON.stringify({ value: seconds })}\n`);
}
void main(process.argv.slice(2));
