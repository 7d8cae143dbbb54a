import type { Backend } from '../backend/backend';
import { joined } from '../math/joined';
import { logits, type DenseWeights } from '../models/mlp';
import { correct } from '../signals/accuracy';
import { ceLosses } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import { learningRateAt } from './recipe';
import { TrainingDiverged } from './diverged';
import type { Evaluation, Records, TrainingTask } from './training-task';

/**
 * Runs the model over all members and non-members without touching its weights.
 *
 * @returns the evaluation and the outputs behind it
 * @throws TrainingDiverged if an output is not finite
 */
export function evaluate(
  { tf }: Backend,
  layers: readonly DenseWeights[],
  { shape, members, nonMembers, recipe }: TrainingTask,
  epoch: number,
): { evaluation: Evaluation; signals: ModelSignals } {
  const outputs = [members, nonMembers].map(({ x, y }) =>
    tf.tidy(() => logits(tf, layers, tf.tensor2d(x, [y.length, shape.features])).dataSync() as Float32Array),
  );
  const z = joined(Float32Array, outputs);
  const bad = z.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new TrainingDiverged({
      epoch,
      step: 'evaluation',
      learningRate: learningRateAt(recipe, epoch - 1),
      loss: z[bad],
    });
  }
  const signals = signalsOf(z, members, nonMembers, shape.classes);
  return { evaluation: { epoch, losses: ceLosses(signals), correct: correct(signals) }, signals };
}

/** Outputs of a model on its members and then its non-members, as signals. @param z logits, row-major [n, classes] */
export function signalsOf(
  z: Float32Array,
  members: Records,
  nonMembers: Records,
  classes: number,
): ModelSignals {
  const labels = joined(Int32Array, [members.y, nonMembers.y]);
  const isMember = Uint8Array.from(labels, (_, i) => (i < members.y.length ? 1 : 0));
  return { n: labels.length, classes, logits: z, labels, members: isMember };
}
