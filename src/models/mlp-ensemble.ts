import { kernelsOf } from '../platform/backend/kernels-of';
import type { Tensor3D, TensorFlow } from '../platform/backend/tensor';
import { UserError } from '../errors';
import { fillDropoutMask } from './layers/dropout';
import type { Network, StepKey } from './network';

/** Gives a stacked parameter by its number in `network.parameters`; whoever asks disposes it. */
export type ReadParameter = (parameter: number) => Tensor3D;

/** What a forward pass keeps for the backward pass, which disposes it. */
export interface EnsembleSaved {
  /** Input of each layer, [E, batch, in]. */
  readonly inputs: readonly Tensor3D[];
  /** Output of each hidden layer, before dropout, [E, batch, out]. */
  readonly hidden: readonly Tensor3D[];
  /** Dropout before the last layer. */
  readonly mask: Tensor3D | null;
}

/**
 * The passes of E MLPs of one shape as one batched computation. Parameters are stacked: weights [E, in, out], biases
 * [E, 1, out]. It holds no tensors.
 */
export interface MlpEnsemble {
  /**
   * Logits as in training, [E, batch, classes].
   *
   * @param x inputs, [E, batch, features]; stays the caller's
   * @param keys whose dropout masks, one a model
   * @param sizes how many of the rows are the model's own, the rest being padding
   */
  forward(
    tf: TensorFlow,
    read: ReadParameter,
    x: Tensor3D,
    keys: readonly StepKey[],
    sizes: readonly number[],
  ): { logits: Tensor3D; saved: EnsembleSaved };
  /**
   * Hands over dL/dparameter as soon as it is known, last layer first. A parameter is read no more once its gradient is
   * handed over, so it may be updated at once.
   *
   * @param logitGradient [E, batch, classes]; it is disposed
   */
  backward(
    tf: TensorFlow,
    read: ReadParameter,
    saved: EnsembleSaved,
    logitGradient: Tensor3D,
    take: (parameter: number, gradient: Tensor3D) => void,
  ): void;
}

/** Whether `mlpEnsemble` takes the network. */
export function isMlp({ spec }: Network): boolean {
  return spec.name === 'mlp';
}

/** @throws UserError for a network that is no MLP */
export function mlpEnsemble(network: Network): MlpEnsemble {
  if (!isMlp(network)) {
    throw new UserError(
      `Only MLPs train as an ensemble, and this is a ${network.spec.name}. Train it alone.`,
    );
  }
  const rate = network.spec.options.dropout as number;
  const last = network.parameters.length / 2 - 1;
  return {
    forward: (tf, read, x, keys, sizes) => forward(tf, read, x, { last, rate, keys, sizes }),
    backward: (tf, read, saved, logitGradient, take) =>
      backward(tf, read, saved, { last, logitGradient, take }),
  };
}

function forward(
  tf: TensorFlow,
  read: ReadParameter,
  x: Tensor3D,
  {
    last,
    rate,
    keys,
    sizes,
  }: { last: number; rate: number; keys: readonly StepKey[]; sizes: readonly number[] },
): ReturnType<MlpEnsemble['forward']> {
  const kernels = kernelsOf(tf);
  const inputs: Tensor3D[] = [];
  const hidden: Tensor3D[] = [];
  let mask: Tensor3D | null = null;
  let above = x.clone();
  for (let layer = 0; ; layer++) {
    if (layer === last && rate > 0) {
      mask = dropoutMask(tf, above.shape, { rate, keys, sizes });
      inputs.push(above.mul(mask));
      above.dispose();
    } else {
      inputs.push(above);
    }
    const [weight, bias] = [read(2 * layer), read(2 * layer + 1)];
    const linear = kernels.products(inputs[layer], weight);
    const y = linear.add<Tensor3D>(bias);
    tf.dispose([weight, bias, linear]);
    if (layer === last) return { logits: y, saved: { inputs, hidden, mask } };
    hidden.push(y.tanh());
    y.dispose();
    above = hidden[layer].clone();
  }
}

function dropoutMask(
  tf: TensorFlow,
  shape: [number, number, number],
  { rate, keys, sizes }: { rate: number; keys: readonly StepKey[]; sizes: readonly number[] },
): Tensor3D {
  const [, batch, width] = shape;
  const values = new Float32Array(keys.length * batch * width);
  keys.forEach((key, e) => {
    const from = e * batch * width;
    fillDropoutMask(values.subarray(from, from + sizes[e] * width), key, 0, rate);
  });
  return tf.tensor3d(values, shape);
}

function backward(
  tf: TensorFlow,
  read: ReadParameter,
  { inputs, hidden, mask }: EnsembleSaved,
  given: {
    last: number;
    logitGradient: Tensor3D;
    take: (parameter: number, gradient: Tensor3D) => void;
  },
): void {
  const kernels = kernelsOf(tf);
  let dy = given.logitGradient;
  for (let layer = given.last; layer >= 0; layer--) {
    const weightGradient = kernels.products(inputs[layer], dy, { transposeA: true });
    const biasGradient = dy.sum<Tensor3D>(1, true);
    let dx: Tensor3D | null = null;
    if (layer > 0) {
      const weight = read(2 * layer);
      dx = kernels.products(dy, weight, { transposeB: true });
      weight.dispose();
    }
    tf.dispose([dy, inputs[layer]]);
    given.take(2 * layer + 1, biasGradient);
    given.take(2 * layer, weightGradient);
    if (dx === null) break;
    if (layer === given.last && mask !== null) {
      const dropped = dx;
      dx = dropped.mul<Tensor3D>(mask);
      dropped.dispose();
    }
    dy = kernels.tanhGradient(dx, hidden[layer - 1]) as Tensor3D;
    tf.dispose([dx, hidden[layer - 1]]);
  }
  mask?.dispose();
}
