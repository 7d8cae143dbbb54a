import type { Tensor1D, Tensor2D, Tensor3D, TensorFlow } from '../platform/backend/tensor';
import type { EnsembleBatch } from './ensemble-batches';
import type { ObjectiveMethod } from './method';

/** Mean loss of each model, [E], and the gradients of these means with respect to the logits, [E, batch, classes]. */
export interface EnsembleLoss {
  readonly means: Tensor1D;
  readonly logitGradient: Tensor3D;
}

/** One step of all models. */
interface ObjectiveStep {
  readonly methods: readonly ObjectiveMethod[];
  /** Logits, [E, batch, classes]. */
  readonly logits: Tensor3D;
  readonly batch: EnsembleBatch;
  /** Numbers of the records, one list a model. */
  readonly batches: readonly Int32Array[];
  readonly epoch: number;
  readonly step: number;
}

/**
 * Losses and logit gradients of a step. A loss of single records that all models share is computed once for all
 * rows; anything else, and a step in which batches differ in size, model by model. Call it inside tf.tidy.
 */
export function ensembleLoss(tf: TensorFlow, step: ObjectiveStep): EnsembleLoss {
  const { methods, batch } = step;
  const [{ perRecord }] = methods;
  const shared = perRecord !== undefined && methods.every((method) => method.perRecord === perRecord);
  const even = batch.sizes.every((size) => size === batch.sizes[0]);
  return shared && even ? atOnce(tf, step) : oneByOne(tf, step);
}

function atOnce(
  tf: TensorFlow,
  { methods, logits, batch, batches, epoch, step }: ObjectiveStep,
): EnsembleLoss {
  const [models, rows, classes] = logits.shape;
  const flat = (tensor: Tensor3D): Tensor2D => tensor.reshape([models * rows, classes]);
  const { values, logitGradient } = methods[0].objective(tf, {
    z: flat(logits),
    oneHot: flat(batch.oneHot),
    records: batches[0],
    epoch,
    step,
  });
  return {
    means: values.reshape([models, rows]).mean<Tensor1D>(1),
    // The objective divides by the rows of all models, and each model's mean is over its own.
    logitGradient: logitGradient.mul(models).reshape(logits.shape),
  };
}

function oneByOne(
  tf: TensorFlow,
  { methods, logits, batch, batches, epoch, step }: ObjectiveStep,
): EnsembleLoss {
  const [, rows, classes] = logits.shape;
  const results = methods.map(({ objective }, e) => {
    const size = batch.sizes[e];
    const own = (tensor: Tensor3D): Tensor2D =>
      tensor.slice([e, 0, 0], [1, size, classes]).reshape([size, classes]);
    const { values, logitGradient } = objective(tf, {
      z: own(logits),
      oneHot: own(batch.oneHot),
      records: batches[e],
      epoch,
      step,
    });
    const gradient =
      size === rows
        ? logitGradient
        : tf.pad2d(logitGradient, [
            [0, rows - size],
            [0, 0],
          ]);
    return { mean: values.mean(), gradient };
  });
  return {
    means: tf.stack(results.map(({ mean }) => mean)) as Tensor1D,
    logitGradient: tf.stack(results.map(({ gradient }) => gradient)) as Tensor3D,
  };
}
