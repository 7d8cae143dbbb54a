import type { Network, NetworkTensors } from '../models/network';
import type { TensorFlow } from '../platform/backend/tensor';
import { joined } from '../platform/math/joined';
import { ceLosses, correct } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/signal-set';
import { learningRateAt } from './recipe';
import type { Records, TrainingKey } from './records';
import type { Evaluation, TrainingTask } from './task';

/** Rows of one forward pass in an evaluation: large enough for full speed, small enough for the memory of a deep network. */
const rowsAtOnce = { dense: 4096, convolutions: 256 };

/** Logits of a network as in evaluation, for inputs row-major [rows, ...inputShape]; row-major [rows, classes]. */
export function logitsOf(
  tf: TensorFlow,
  network: Network,
  tensors: NetworkTensors,
  x: Float32Array,
): Float32Array {
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const rows = x.length / size;
  const most = network.hasConvolutions ? rowsAtOnce.convolutions : rowsAtOnce.dense;
  const z = new Float32Array(rows * network.classes);
  for (let from = 0; from < rows; from += most) {
    const to = Math.min(rows, from + most);
    const part = tf.tidy(() =>
      network
        .logits(
          tf,
          tensors,
          tf.tensor(x.subarray(from * size, to * size), [to - from, ...network.inputShape]),
        )
        .dataSync(),
    );
    z.set(part, from * network.classes);
  }
  return z;
}

/**
 * Runs the model over all members and non-members without touching its weights.
 *
 * @param model which model an error names, where several train together
 * @returns the evaluation and the outputs behind it
 * @throws TrainingDiverged if an output is not finite
 */
export function evaluate(
  { backend: { tf }, network, members, nonMembers, recipe }: TrainingTask,
  tensors: NetworkTensors,
  epoch: number,
  model?: TrainingKey,
): { evaluation: Evaluation; signals: ModelSignals } {
  const outputs = [members, nonMembers].map(({ x }) => logitsOf(tf, network, tensors, x));
  const z = joined(Float32Array, outputs);
  const bad = z.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new TrainingDiverged({
      epoch,
      step: 'evaluation',
      learningRate: learningRateAt(recipe, epoch - 1),
      loss: z[bad],
      model,
    });
  }
  const signals = signalsOf(z, members, nonMembers, network.classes);
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

/** Training stopped because a loss or an output was not finite. The last checkpoint is from before. */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';

  constructor(at: {
    epoch: number;
    step: number | 'evaluation' | 'extra pass';
    learningRate: number;
    loss: number;
    /** Numbers of the batch's records in the training set. */
    records?: Int32Array;
    /** Which model, where several train together. */
    model?: TrainingKey;
  }) {
    const where =
      at.step === 'evaluation'
        ? `in the evaluation after epoch ${at.epoch}`
        : at.step === 'extra pass'
          ? `in the extra pass of epoch ${at.epoch}`
          : `at epoch ${at.epoch}, step ${at.step}`;
    const batch = at.records === undefined ? '' : ` (a batch of ${batchText(at.records)})`;
    super(
      `Training${modelText(at.model)} diverged ${where}${batch}: the loss is ${at.loss} at learning rate ${at.learningRate}, but it must stay finite. ` +
        'Lower the learning rate, or look at the data.',
    );
  }
}

function modelText(model: TrainingKey | undefined): string {
  return model === undefined
    ? ''
    : ` of the ${model.role} model with index ${model.index}, seed ${model.seed},`;
}

function batchText(records: Int32Array): string {
  const first = Array.from(records.subarray(0, 3)).join(', ');
  return `${records.length} records: ${first}${records.length > 3 ? ', ...' : ''}`;
}
