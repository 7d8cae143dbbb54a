import { UserError } from '../errors';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from '../formats/safetensors';
import type { TrainingState } from '../training/training-task';

/** A training state as one safetensors file, marked with the block that it belongs to. */
export function encodeState(
  { epoch, weights, velocities, history, outputs }: TrainingState,
  block: string,
): Buffer {
  const arrays: Record<string, NamedArray> = { outputs: { data: outputs, shape: [outputs.length] } };
  weights.forEach((data, i) => (arrays[`weight.${i}`] = { data, shape: [data.length] }));
  velocities.forEach((data, i) => (arrays[`velocity.${i}`] = { data, shape: [data.length] }));
  for (const { epoch: at, losses, correct } of history) {
    arrays[`losses.${at}`] = { data: losses, shape: [losses.length] };
    arrays[`correct.${at}`] = { data: correct, shape: [correct.length] };
  }
  const epochs = JSON.stringify(history.map((evaluation) => evaluation.epoch));
  return encodeSafetensors({ arrays, metadata: { block, epoch: String(epoch), epochs } });
}

/**
 * @throws UserError if the file is not whole or belongs to another block
 */
export function decodeState(file: Buffer, block: string, what: string): TrainingState {
  const { arrays, metadata } = decodeSafetensors(file, what);
  if (metadata.block !== block) {
    throw new UserError(
      `${what} is a checkpoint of block ${metadata.block}, but ${block} is being trained. Delete it.`,
    );
  }
  const count = Object.keys(arrays).filter((name) => name.startsWith('weight.')).length;
  const list = (kind: string): Float32Array[] =>
    Array.from({ length: count }, (_, i) => arrays[`${kind}.${i}`].data as Float32Array);
  return {
    epoch: Number(metadata.epoch),
    weights: list('weight'),
    velocities: list('velocity'),
    history: (JSON.parse(metadata.epochs) as number[]).map((epoch) => ({
      epoch,
      losses: arrays[`losses.${epoch}`].data as Float64Array,
      correct: arrays[`correct.${epoch}`].data as Uint8Array,
    })),
    outputs: arrays.outputs.data as Float32Array,
  };
}
