import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Backend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import type { Defense, DefenseSetup, LossTraining } from '../../src/training/defense';
import { recipe } from '../../src/training/recipe';
import type { TrainingState, TrainingTask } from '../../src/training/task';
import { defenseSetup, train } from '../../src/training/train';
import { smallTask, syntheticRecords } from '../training/small-task';

/** The small task with a defense and an inference set. */
export async function defendedTask(
  defense: Defense,
  changes: Partial<TrainingTask> = {},
): Promise<TrainingTask> {
  return { ...(await smallTask()), inference: syntheticRecords(2), defense, ...changes };
}

/** A recipe for the small task that fits its members closely. */
export const longRecipe = recipe('study', {
  epochs: 150,
  batchSize: 20,
  milestones: [],
  weightDecay: 0,
  learningRate: 0.05,
  evaluateEvery: 150,
});

/** Mean cross-entropy of the 50 members, and of the 50 non-members, at the end. */
export function meanLosses({ history }: TrainingState): { members: number; nonMembers: number } {
  const { losses } = history[history.length - 1];
  const mean = (part: Float64Array): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
  return { members: mean(losses.subarray(0, 50)), nonMembers: mean(losses.subarray(50)) };
}

/** Mean of the values and the logit gradient that a defense's loss gives. */
export async function objectiveOn(
  { tf }: Backend,
  defense: Defense,
  { logits, labels, epoch = 1 }: { logits: number[][]; labels: number[]; epoch?: number },
  setup: Partial<DefenseSetup> = {},
): Promise<{ value: number; gradient: Float32Array }> {
  const known = { ...defenseSetup(await defendedTask(defense)), ...setup };
  const { loss } = defense.training(known, []) as LossTraining;
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const z = tf.tensor2d(logits);
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), logits[0].length).toFloat() as Tensor2D;
    const records = Int32Array.from(labels, (_, i) => i);
    const { values, logitGradient } = loss(tf, { z, oneHot, records, epoch, step: 1 });
    return { value: values.mean().dataSync()[0], gradient: logitGradient.dataSync() as Float32Array };
  });
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** Each number as close to the wanted one as float32 allows, as a share of the largest. */
export function expectClose(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance = 2e-6,
  floor = 0,
): void {
  expect(found.length).toBe(wanted.length);
  const scale = Array.from(wanted).reduce((largest, each) => Math.max(largest, Math.abs(each)), floor);
  Array.from(wanted).forEach((each, i) =>
    expect(Math.abs(found[i] - each), `entry ${i}: ${found[i]}, not ${each}`).toBeLessThanOrEqual(
      tolerance * scale,
    ),
  );
}

/** Hashes of what a checkpoint holds: comparing the arrays one number at a time would take seconds. */
function bits({ parameters, buffers, slots, defense, outputs }: TrainingState): Record<string, string> {
  const hash = (arrays: readonly Float32Array[]): string => {
    const all = createHash('sha256');
    arrays.forEach((array) => all.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)));
    return all.digest('hex');
  };
  const lists: [string, readonly Float32Array[]][] = [
    ['parameters', parameters],
    ['buffers', buffers],
    ['outputs', [outputs]],
    ...Object.entries(slots),
    ...Object.entries(defense).map(
      ([name, array]) => [`of the defense ${name}`, [array]] as [string, Float32Array[]],
    ),
  ];
  return Object.fromEntries(lists.map(([name, arrays]) => [name, hash(arrays)]));
}

/** Trains the small task straight, and from each checkpoint to the same bits; no tensor is left behind. */
export async function expectSameBitsAfterResume(
  defense: Defense,
  changes: Partial<TrainingTask> = {},
): Promise<void> {
  const states: TrainingState[] = [];
  const onEpoch = (_: number, capture: () => TrainingState): void => void states.push(capture());
  const task = await defendedTask(defense, changes);
  const { tf } = task.backend;
  const before = tf.memory().numTensors;
  const straight = await train({ ...task, onEpoch });
  expect(tf.memory().numTensors).toBe(before);
  expect(straight.signals.logits.every(Number.isFinite)).toBe(true);
  for (const resumeFrom of states) {
    const { state } = await train({ ...task, resumeFrom });
    expect(bits(state)).toEqual(bits(straight.state));
  }
}
