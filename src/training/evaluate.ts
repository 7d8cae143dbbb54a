import type { Backend } from '../backend/backend';
import { logits, type DenseWeights } from '../models/mlp';
import { correct } from '../signals/accuracy';
import { ceLosses } from '../signals/log-softmax';
import { learningRateAt } from './recipe';
import { TrainingDiverged } from './diverged';
import type { Evaluation, TrainingTask } from './training-task';

/**
 * Runs the model over all members and non-members without touching its weights.
 *
 * @returns the evaluation and the logits behind it, row-major [n, classes]
 * @throws TrainingDiverged if an output is not finite
 */
export function evaluate(
  { tf }: Backend,
  layers: readonly DenseWeights[],
  { shape, members, nonMembers, recipe }: TrainingTask,
  epoch: number,
): { evaluation: Evaluation; outputs: Float32Array } {
  const outputs = [members, nonMembers].map(({ x, y }) =>
    tf.tidy(() => logits(tf, layers, tf.tensor2d(x, [y.length, shape.features])).dataSync() as Float32Array),
  );
  const z = concatenated(outputs);
  const bad = z.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new TrainingDiverged({
      epoch,
      step: 'evaluation',
      learningRate: learningRateAt(recipe, epoch - 1),
      loss: z[bad],
    });
  }
  const labels = Int32Array.from([...members.y, ...nonMembers.y]);
  const signals = { n: labels.length, classes: shape.classes, logits: z, labels };
  return { evaluation: { epoch, losses: ceLosses(signals), correct: correct(signals) }, outputs: z };
}

function concatenated([a, b]: Float32Array[]): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
