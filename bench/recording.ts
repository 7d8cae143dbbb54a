import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EpochRecord, recordEpoch } from '../src/attacks/epochs';
import { model } from '../src/models/registry';
import { openBackend } from '../src/platform/backend/backend';
import { defense } from '../src/defenses/registry';
import { withCheckpoints } from '../src/training/keep-checkpoints';
import { recipe } from '../src/training/recipe';
import { train } from '../src/training/train';
import { locationRecords } from './location-records';

/** Epochs between which recording is turned on or off; the first stretch warms up. */
const stretch = 6;
const stretches = 21;

/**
 * What a checkpoint after each epoch and a record of each evaluated one cost the paper's MLP on Location30, whose epochs
 * are short (10 steps) beside its state (9 MB): stretches of epochs with and without, in turn, in one training. Every
 * second epoch is evaluated in both. Prints the median stretch with over that without, less 1, in percent.
 */
async function main(): Promise<void> {
  const { members, nonMembers, classes } = await locationRecords();
  const epochs = stretch * stretches;
  const folder = mkdtempSync(join(tmpdir(), 'ccl-bench-'));
  const clock = (): number => Number(process.hrtime.bigint()) / 1e6;
  const times: { recording: boolean; ms: number }[] = [];
  const isOn = (epoch: number): boolean => Math.floor((epoch - 1) / stretch) % 2 === 1;
  const kept: EpochRecord[] = [];
  let begun = clock();
  const run: Parameters<typeof withCheckpoints>[1] = async ({ onEpoch }) =>
    train({
      backend: await openBackend({ threads: 1 }),
      network: model('mlp', { features: members.x.length / members.y.length, classes }),
      defense: defense('ce'),
      recipe: recipe('study', { epochs }),
      members,
      nonMembers,
      key: { seed: 1, role: 'target', index: 0 },
      onEvaluation: (signals, epoch) => {
        if (isOn(epoch)) kept.push(recordEpoch(signals, epoch));
      },
      onEpoch: (epoch, capture) => {
        const writing = isOn(epoch) ? onEpoch(epoch, capture) : undefined;
        if (epoch % stretch !== 0) return writing;
        if (epoch > stretch) times.push({ recording: isOn(epoch), ms: clock() - begun });
        begun = clock();
        return writing;
      },
    });
  try {
    await withCheckpoints({ file: join(folder, 'run.safetensors'), identity: {} }, run);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [without, with_] = [false, true].map((on) => {
    const sorted = times.filter(({ recording }) => recording === on).map(({ ms }) => ms);
    return sorted.sort((a, b) => a - b)[Math.floor(sorted.length / 2)] / stretch;
  });
  const detail = { without, with: with_ };
  process.stdout.write(`${JSON.stringify({ value: 100 * (with_ / without - 1), detail })}\n`);
}
void main();
