import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { badInput, UserError } from '../errors';
import { discardArrays, RecycledFile } from '../platform/formats/recycled-file';
import { decodeState, OtherTraining, stateParts, type TrainingIdentity } from './checkpoint';
import { TrainingDiverged } from './evaluate';
import { trainingRevision } from './loop';
import type { Records } from './records';
import type { TrainingState, TrainingTask, CheckpointPlace } from './task';

/** A place with what the training is. */
type Place = CheckpointPlace & Required<Pick<CheckpointPlace, 'identity'>>;

/** What makes a training keep checkpoints. */
interface CheckpointHooks {
  readonly resumeFrom?: TrainingState;
  readonly onEpoch: (epoch: number, capture: () => TrainingState) => void | Promise<void>;
}

/**
 * Trains with a checkpoint, from the one that is there.
 *
 * The file has weights, running averages, history and what the defense keeps, and is replaced whole after each `every`
 * epochs but the last. Where it would take more than a hundredth of an epoch it is written while the next epoch makes its
 * first step, of which nobody is told before. It survives the death of the process at any moment; a power failure may take
 * the last ones. It stays when the training ends.
 *
 * @throws what `work` throws; TrainingDiverged then names the checkpoint
 * @throws UserError if the file belongs to another training (with what differs), is not whole, or cannot be written
 */
export async function withCheckpoints<T>(
  place: Place,
  work: (hooks: CheckpointHooks) => Promise<T>,
): Promise<T> {
  const { every = 1 } = place;
  if (!Number.isInteger(every) || every < 1) {
    throw badInput(
      '`every` of the checkpoints',
      every,
      'must be a whole number of epochs, at least 1',
      'Give 1',
    );
  }
  const resumeFrom = readState(place);
  const keeper = new CheckpointKeeper(place, resumeFrom?.epoch);
  try {
    const result = await work({
      resumeFrom,
      onEpoch: (epoch, capture) => (epoch % every === 0 ? keeper.keep(epoch, capture) : undefined),
    });
    await keeper.settled();
    return result;
  } catch (error) {
    await keeper.settled().catch(() => undefined);
    if (error instanceof TrainingDiverged) error.message += ` ${keeper.sentence(every)}`;
    throw error;
  } finally {
    keeper.close();
  }
}

/** A checkpoint is written in the background where it would take a larger share of an epoch than this. */
const shareInForeground = 0.01;

/** Writes checkpoints; owner of the file's spare. */
class CheckpointKeeper {
  private readonly file: RecycledFile;
  private pending: Promise<void> = Promise.resolve();
  private lastEnd = performance.now();
  /** Writes in the background, one after the other. */
  private underWay = 0;
  /** Milliseconds that the last write in the foreground took. */
  private cost = 0;

  constructor(
    private readonly place: Place,
    private kept: number | undefined,
  ) {
    this.file = new RecycledFile(place.file);
  }

  /** Resolves when the checkpoint is on the file. */
  async keep(epoch: number, capture: () => TrainingState): Promise<void> {
    const begin = performance.now();
    const passed = begin - this.lastEnd;
    const state = capture();
    const parts = stateParts(state, this.place.identity);
    if (this.underWay === 0 && this.cost <= shareInForeground * passed) {
      this.file.write(parts);
      this.cost = performance.now() - begin;
      this.lastEnd = performance.now();
    } else {
      this.underWay++;
      this.pending = this.pending.then(() => this.file.writeInBackground(parts));
      this.lastEnd = performance.now();
      await this.pending;
      this.underWay--;
    }
    const { parameters, buffers, slots, ema } = state;
    discardArrays([...parameters, ...buffers, ...Object.values(slots).flat(), ...(ema ?? [])]);
    this.kept = epoch;
  }

  /** @throws UserError if the last write failed */
  settled(): Promise<void> {
    return this.pending;
  }

  sentence(every: number): string {
    return this.kept === undefined
      ? `There is no checkpoint: the first is written after epoch ${every}.`
      : `The last good checkpoint, from after epoch ${this.kept}, is kept: ${this.place.file}.`;
  }

  close(): void {
    this.file.close();
  }
}

function readState({ file, identity, broken = 'refuse' }: Place): TrainingState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return decodeState(readFileSync(file), identity, file);
  } catch (error) {
    if (broken === 'refuse' || error instanceof OtherTraining || !(error instanceof UserError)) throw error;
    rmSync(file, { force: true });
    return undefined;
  }
}

/**
 * Everything that determines the bits of a training, as JSON: for its checkpoints. Records count by number and SHA-256,
 * computed once.
 */
export function trainingIdentity(task: TrainingTask): TrainingIdentity {
  const { backend, network, defense, recipe, key, augmentation } = task;
  const { name, version, threads, gpu } = backend;
  const records = {
    members: fingerprint(task.members),
    nonMembers: fingerprint(task.nonMembers),
    inference: fingerprint(task.inference),
  };
  return {
    compute: { name, version, threads, gpu },
    model: network.spec,
    defense: { name: defense.name, options: defense.options },
    recipe,
    key,
    augmentation:
      augmentation === undefined ? null : { name: augmentation.name, options: augmentation.options },
    records,
    revision: trainingRevision,
  };
}

function fingerprint(records: Records | undefined): string | null {
  if (records === undefined) return null;
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [records.x, records.y])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return `${records.y.length} records, ${hash.digest('hex').slice(0, 16)}`;
}
