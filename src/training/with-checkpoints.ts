import { existsSync, readFileSync, rmSync } from 'node:fs';
import { badInput, UserError } from '../errors';
import { discardArrays } from '../formats/discard-arrays';
import { RecycledFile } from '../formats/recycled-file';
import { decodeState, OtherTraining, stateParts, type TrainingIdentity } from './checkpoint';
import { TrainingDiverged } from './diverged';
import type { TrainingState, TrainingTask } from './training-task';

/** Where a training keeps its checkpoint. */
export interface CheckpointPlace {
  /** A safetensors file; its folder is made if it is missing. */
  readonly file: string;
  /** What the training is, e.g. from `trainingIdentity`. */
  readonly identity: TrainingIdentity;
  /** Write after each such number of epochs; default 1: a kill loses at most the epoch under way. */
  readonly every?: number;
  /** What to do about a file that is not whole: refuse it (default), or remove it and train from the start. */
  readonly broken?: 'refuse' | 'restart';
}

/** The parts of a task that make it keep checkpoints. */
export type CheckpointHooks = Pick<TrainingTask, 'resumeFrom' | 'onEpoch'>;

/**
 * Trains with a checkpoint, from the one that is there: `withCheckpoints(place, (hooks) => train({ ...task, ...hooks }))`,
 * and likewise with `trainDefended` (whose parts are trained again).
 *
 * The file has weights, running averages, history and what the method keeps, and is replaced whole after each `every`
 * epochs but the last. It survives the death of the process at any moment; a power failure may take the last ones. It
 * stays when the training ends.
 *
 * @throws what `work` throws; TrainingDiverged then names the checkpoint
 * @throws UserError if the file belongs to another training (with what differs), is not whole, or cannot be written
 */
export async function withCheckpoints<T>(
  place: CheckpointPlace,
  work: (hooks: CheckpointHooks) => Promise<T>,
): Promise<T> {
  const { file, identity, every = 1 } = place;
  if (!Number.isInteger(every) || every < 1) {
    throw badInput(
      '`every` of the checkpoints',
      every,
      'must be a whole number of epochs, at least 1',
      'Give 1',
    );
  }
  const resumeFrom = readState(place);
  const recycled = new RecycledFile(file);
  let kept = resumeFrom?.epoch;
  try {
    return await work({
      resumeFrom,
      onEpoch(epoch, capture) {
        if (epoch % every !== 0) return;
        const state = capture();
        recycled.write(stateParts(state, identity));
        const { parameters, buffers, slots, ema } = state;
        discardArrays([...parameters, ...buffers, ...Object.values(slots).flat(), ...(ema ?? [])]);
        kept = epoch;
      },
    });
  } catch (error) {
    if (error instanceof TrainingDiverged) {
      error.message +=
        kept === undefined
          ? ` There is no checkpoint: the first is written after epoch ${every}.`
          : ` The last good checkpoint, from after epoch ${kept}, is kept: ${file}.`;
    }
    throw error;
  } finally {
    recycled.close();
  }
}

function readState({ file, identity, broken = 'refuse' }: CheckpointPlace): TrainingState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return decodeState(readFileSync(file), identity, file);
  } catch (error) {
    if (broken === 'refuse' || error instanceof OtherTraining || !(error instanceof UserError)) throw error;
    rmSync(file, { force: true });
    return undefined;
  }
}
