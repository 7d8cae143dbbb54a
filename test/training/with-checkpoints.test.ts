import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { crc32 } from '../../src/platform/formats/crc32';
import { decodeState } from '../../src/training/checkpoint';
import { trainingIdentity, withCheckpoints } from '../../src/training/keep-checkpoints';
import { recipe } from '../../src/training/recipe';
import type { CheckpointPlace, TrainingState, TrainingTask } from '../../src/training/task';
import { smallTask, stateOf } from './small-task';
import { encodeState, stateBits } from './state-bits';

/** Gives a checkpoint that was changed the checksum that fits. */
function sumAnew(file: Buffer): void {
  const at = file.indexOf('"crc32":"') + '"crc32":"'.length;
  file.write('00000000', at, 'latin1');
  file.write(crc32(file).toString(16).padStart(8, '0'), at, 'latin1');
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-checkpoints-'));
  file = join(folder, 'deep', 'run.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A place with what the training is. */
type Place = CheckpointPlace & Required<Pick<CheckpointPlace, 'identity'>>;
const identityOf = (task: TrainingTask): Place['identity'] => trainingIdentity(task);

async function place(changes: Partial<CheckpointPlace> = {}): Promise<Place> {
  return { file, identity: identityOf(await smallTask()), ...changes } as Place;
}
const epochInFile = (identity: Place['identity']): number =>
  decodeState(readFileSync(file), identity, file).epoch;

/** Trains with checkpoints until the epoch, then gives up. */
async function trainUntil(epoch: number, at: Place): Promise<void> {
  const task = await smallTask();
  const controller = new AbortController();
  const onProgress = (now: { epoch: number }): void => {
    if (now.epoch === epoch + 1) controller.abort();
  };
  await expect(stateOf({ ...task, checkpoint: at, onProgress, signal: controller.signal })).rejects.toThrow(
    /interrupted/,
  );
}

describe('a checkpoint in the task', () => {
  it('goes on from where the training was given up, to the bits of the straight run', async () => {
    const straight = await stateOf(await smallTask());
    const at = await place();
    for (const epoch of [1, 2, 4]) {
      await trainUntil(epoch, at);
      expect(epochInFile(at.identity)).toBe(epoch);
    }
    const epochs: number[] = [];
    const task = await smallTask({ onProgress: ({ epoch }) => void epochs.push(epoch) });
    const state = await stateOf({ ...task, checkpoint: at });
    expect([...new Set(epochs)]).toEqual([5, 6]);
    expect(stateBits(state)).toBe(stateBits(straight));
  });

  it('leaves one file: no spare, no second name', async () => {
    await trainUntil(4, await place());
    expect(readdirSync(join(folder, 'deep'))).toEqual(['run.safetensors']);
  });

  it('is on the file before the first step of the next epoch is told of', async () => {
    const at = await place();
    const task = await smallTask({ recipe: recipe('study', { epochs: 30, batchSize: 20 }) });
    const behind: number[] = [];
    const onProgress = ({ epoch, step }: { epoch: number; step: number }): void => {
      if (epoch > 1 && step === 1) behind.push(epoch - 1 - epochInFile(at.identity));
    };
    await stateOf({ ...task, checkpoint: at, onProgress });
    expect(behind).toEqual(new Array(29).fill(0));
  });

  it('a disk that fails in the background ends the training with its error', async () => {
    const at = await place();
    const task = await smallTask();
    let last = 0;
    const onProgress = ({ epoch }: { epoch: number }): void => {
      last = epoch;
      // Where the folder was there is a file.
      if (epoch === 3) {
        rmSync(join(folder, 'deep'), { recursive: true });
        writeFileSync(join(folder, 'deep'), '');
      }
    };
    await expect(stateOf({ ...task, checkpoint: at, onProgress })).rejects.toThrow(
      /run\.safetensors cannot be written: a part of that path is a file/,
    );
    expect(last).toBe(3);
  });

  it('waits for a write that is under way, and never makes two at once', async () => {
    const at = await place();
    const states: TrainingState[] = [];
    const final = await stateOf(await smallTask({ onEpoch: (_, capture) => void states.push(capture()) }));
    await withCheckpoints(at, async ({ onEpoch }) => {
      // As a loop would do that awaits nothing.
      for (const state of [...states, final])
        void onEpoch!(state.epoch, () => structuredClone(state) as TrainingState);
      await Promise.resolve();
    });
    expect(stateBits(decodeState(readFileSync(file), at.identity, file))).toBe(stateBits(final));
    expect(readdirSync(join(folder, 'deep'))).toEqual(['run.safetensors']);
  });

  it('writes after each `every` epochs', async () => {
    const at = await place({ every: 3 });
    await trainUntil(2, at);
    expect(readdirSync(folder)).toEqual([]);
    await trainUntil(5, at);
    expect(epochInFile(at.identity)).toBe(3);
  });

  it('names a defense by what it is', async () => {
    const defended = await smallTask({ defense: defense('dropout', { rate: 0.5 }) });
    const straight = await stateOf(defended);
    const stopped = new AbortController();
    const onEvaluation = (): void => stopped.abort();
    // Without an identity, all that determines the training is one.
    const kept = { ...defended, checkpoint: { file } };
    await expect(stateOf({ ...kept, onEvaluation, signal: stopped.signal })).rejects.toThrow(
      /interrupted at epoch 3/,
    );
    expect(stateBits(await stateOf(kept))).toBe(stateBits(straight));
    await expect(stateOf({ ...kept, defense: defense('dropout') })).resolves.toBeDefined();
    await expect(stateOf({ ...kept, defense: defense('dropout', { rate: 0.4 }) })).rejects.toThrow(
      /defense\.options\.rate is 0\.5 there and 0\.4 here/,
    );
  });
});

describe('a checkpoint that does not fit is refused', () => {
  const attempt = async (changes: Partial<TrainingTask>): Promise<unknown> => {
    const task = await smallTask(changes);
    return stateOf({ ...task, checkpoint: { file, identity: identityOf(task) } });
  };

  it('another recipe, seed, network or data: says what differs', async () => {
    await trainUntil(2, await place());
    const { recipe: usual, members } = await smallTask();
    await expect(attempt({ recipe: { ...usual, learningRate: 0.2, momentum: 0 } })).rejects.toThrow(
      /run\.safetensors is a checkpoint of another training: recipe\.learningRate is 0\.1 there and 0\.2 here; recipe\.momentum is 0\.9 there and 0 here\. Go on with the same configuration, or delete the file\./,
    );
    await expect(attempt({ key: { seed: 6, role: 'target', index: 0 } })).rejects.toThrow(
      /key\.seed is 5 there and 6 here/,
    );
    const x = members.x.slice();
    x[0] = 1 - x[0];
    await expect(attempt({ members: { ...members, x } })).rejects.toThrow(
      /records\.members is "50 records, \w+" there and "50 records, \w+" here/,
    );
  });

  it('and kept, even where broken files are not', async () => {
    await trainUntil(2, await place());
    const other = await place({ identity: {}, broken: 'restart' });
    await expect(withCheckpoints(other, () => Promise.resolve())).rejects.toThrow(/of another training/);
    expect(epochInFile((await place()).identity)).toBe(2);
  });

  it('a file that is not whole: says so, or starts anew if asked to', async () => {
    const at = await place();
    await trainUntil(2, at);
    truncateSync(file, 3000);
    const task = await smallTask();
    const go = (changes: Partial<CheckpointPlace>): Promise<TrainingState> =>
      stateOf({ ...task, checkpoint: { ...at, ...changes } });
    await expect(go({})).rejects.toThrow(/run\.safetensors is no whole checkpoint: .*Delete it/);
    writeFileSync(file, 'hello, world');
    await expect(go({})).rejects.toThrow(/is no whole checkpoint/);
    expect(stateBits(await go({ broken: 'restart' }))).toBe(stateBits(await stateOf(task)));
  });

  it('a safetensors file that is no checkpoint, or lacks an array', async () => {
    const state = await stateOf(await smallTask());
    expect(() => decodeState(encodeState({ ...state, history: [] }, { a: 1 }), { a: 2 }, 'f')).toThrow(
      'f is a checkpoint of another training: a is 1 there and 2 here.',
    );
    const file = encodeState(state, {});
    const renamed = Buffer.from(file.toString('latin1').replace('"losses/4"', '"losses/9"'), 'latin1');
    sumAnew(renamed);
    expect(() => decodeState(renamed, {}, 'f')).toThrow(
      'f is no whole checkpoint: array losses/4 is missing. Delete it, and training begins anew.',
    );
    const other = Buffer.from(file.toString('latin1').replace('"training"', '"training_"'), 'latin1');
    sumAnew(other);
    expect(() => decodeState(other, {}, 'f')).toThrow(/f is no/);
  });

  it('a changed bit anywhere, or a page of zeros, is found by the checksum', async () => {
    const whole = encodeState(await stateOf(await smallTask()), {});
    for (let at = 0; at < whole.length; at += 97) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1 << (at % 8);
      expect(() => decodeState(changed, {}, 'f')).toThrow(/f is no whole checkpoint/);
    }
    // What a power failure leaves of a page that was not yet on the disk.
    const zeros = Buffer.from(whole).fill(0, whole.length - 4096 - 8, whole.length - 8);
    expect(() => decodeState(zeros, {}, 'f')).toThrow(/its checksum \(CRC-32\) is/);
    expect(decodeState(whole, {}, 'f').epoch).toBe(6);
  });

  it('`every` must be a whole number', async () => {
    for (const every of [0, 1.5, -1, NaN])
      await expect(withCheckpoints(await place({ every }), () => Promise.resolve())).rejects.toThrow(
        /`every` of the checkpoints is .*, but must be a whole number of epochs, at least 1/,
      );
  });
});

describe('when training diverges', () => {
  // Fits until the schedule multiplies the learning rate by 1e30.
  const wild = recipe('study', { epochs: 6, batchSize: 20, milestones: [3], decay: 1e30 });

  it('the last good checkpoint is kept and named', async () => {
    const task = await smallTask({ recipe: wild });
    const at = await place({ identity: identityOf(task) });
    await expect(stateOf({ ...task, checkpoint: at })).rejects.toThrow(
      /diverged .*epoch [45].* learning rate [\d.]+e\+29.* The last good checkpoint, from after epoch [34], is kept: .*run\.safetensors\.$/,
    );
    const { parameters } = decodeState(readFileSync(file), at.identity, file);
    expect(parameters.every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it('before the first checkpoint, that is said', async () => {
    const task = await smallTask({ recipe: recipe('study', { learningRate: 1e30, batchSize: 20 }) });
    const at = await place({ identity: identityOf(task), every: 4 });
    await expect(stateOf({ ...task, checkpoint: at })).rejects.toThrow(
      /There is no checkpoint: the first is written after epoch 4\.$/,
    );
  });
});

it('a loss of the registry can be told apart by its options', async () => {
  const task = await smallTask({ loss: loss('ccel') });
  const of = (alpha: number): Place['identity'] =>
    trainingIdentity({ ...task, defense: defense('ccel', { alpha }) });
  const state = await stateOf(task);
  expect(() => decodeState(encodeState(state, of(0.5)), of(0.3), 'f')).toThrow(
    /defense\.options\.alpha is 0\.5 there and 0\.3 here/,
  );
});
