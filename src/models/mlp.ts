import { z } from 'zod';
import type { TensorFlow } from '../backend/tensor';
import type { Tensor1D, Tensor2D } from '../backend/tensor';
import { badInput } from '../errors';
import { randomStream, type Role } from '../math/random';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { dense } from './layers/dense';
import { dropout } from './layers/dropout';
import { tanh } from './layers/tanh';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

/** A multilayer perceptron with tanh after each hidden layer and a linear output layer. */
export interface MlpShape {
  readonly name: 'mlp';
  /** Number of input features. */
  readonly features: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly classes: number;
}

/** Weights of a dense layer: y = x W + b, W of shape [in, out], b of shape [out]. */
export interface DenseWeights {
  readonly kernel: Tensor2D;
  readonly bias: Tensor1D;
}

/** One array a tensor, in the order kernel, bias, kernel, bias, ...; the form that files hold. */
export type WeightArrays = readonly Float32Array[];

/** The paper's widths for tabular data: features-1024-512-256-128-classes (source/models of the official code). */
export const paperHidden: readonly number[] = [1024, 512, 256, 128];

/** Raised when a change alters the numbers that this file computes; part of a run's identity. */
export const mlpRevision = 1;

/** Input and output widths of each dense layer, from the input on. */
export function layerShapes({ features, hidden, classes }: MlpShape): readonly (readonly [number, number])[] {
  const widths = [features, ...hidden, classes];
  widths.forEach((width, i) => {
    if (!Number.isInteger(width) || width < 1) {
      throw badInput(
        `width of layer ${i}`,
        width,
        'must be a whole number of at least 1',
        'Correct the model',
      );
    }
  });
  return widths.slice(1).map((out, i) => [widths[i], out] as const);
}

/** Number of trainable parameters. */
export function parameterCount(shape: MlpShape): number {
  return layerShapes(shape).reduce((sum, [inputs, outputs]) => sum + inputs * outputs + outputs, 0);
}

/**
 * Start weights as PyTorch's Linear layer draws them: kernel and bias uniform on +-1 / sqrt(in). Each layer has its
 * own stream, so that two models of one seed, role and index start equal whatever they are trained with.
 */
export function initialWeights(
  shape: MlpShape,
  key: { seed: number; role: Role; index: number },
): WeightArrays {
  return layerShapes(shape).flatMap(([inputs, outputs], layer) => {
    const { uniform } = randomStream({ ...key, purpose: 'weights', step: layer });
    const bound = 1 / Math.sqrt(inputs);
    const draw = (n: number): Float32Array =>
      Float32Array.from({ length: n }, () => bound * (2 * uniform() - 1));
    return [draw(inputs * outputs), draw(outputs)];
  });
}

/** Puts weight arrays on the backend; the caller disposes. */
export function toLayers(tf: TensorFlow, shape: MlpShape, weights: WeightArrays): DenseWeights[] {
  return layerShapes(shape).map(([inputs, outputs], layer) => ({
    kernel: tf.tensor2d(weights[2 * layer], [inputs, outputs]),
    bias: tf.tensor1d(weights[2 * layer + 1]),
  }));
}

/** Logits, [batch, classes]. */
export function logits(tf: TensorFlow, layers: readonly DenseWeights[], x: Tensor2D): Tensor2D {
  return tf.tidy(() => {
    const all = activations(tf, layers, x);
    return all[all.length - 1];
  });
}

/** The input, each hidden activation, and the logits: layers.length + 1 tensors. */
export function activations(tf: TensorFlow, layers: readonly DenseWeights[], x: Tensor2D): Tensor2D[] {
  const all = [x];
  layers.forEach(({ kernel, bias }, i) => {
    const linear = tf.matMul(all[i], kernel).add<Tensor2D>(bias);
    all.push(i < layers.length - 1 ? linear.tanh<Tensor2D>() : linear);
  });
  return all;
}

/**
 * Backpropagation by hand, without automatic differentiation.
 *
 * @param all what `activations` returned for the batch
 * @param logitGradient dL / dlogits, [batch, classes]
 * @returns dL / dkernel and dL / dbias of each layer
 */
export function gradients(
  tf: TensorFlow,
  layers: readonly DenseWeights[],
  all: readonly Tensor2D[],
  logitGradient: Tensor2D,
): DenseWeights[] {
  const result: DenseWeights[] = [];
  let delta = logitGradient;
  for (let i = layers.length - 1; i >= 0; i--) {
    result.unshift({ kernel: tf.matMul(all[i], delta, true, false), bias: delta.sum<Tensor1D>(0) });
    if (i > 0) delta = throughTanh(tf, all[i], tf.matMul(delta, layers[i].kernel, false, true));
  }
  return result;
}

/** dL / dx of y = tanh(x): dy (1 - y^2). */
function throughTanh(tf: TensorFlow, y: Tensor2D, dy: Tensor2D): Tensor2D {
  return tf.sub(dy, dy.mul(y).mul(y));
}

const parameters = z
  .object({
    /** Number of input features. */
    features: option.count,
    classes: option.count,
    /** Widths of the hidden layers. */
    hidden: z.array(option.count).default([...paperHidden]),
    dropout: option.dropout,
    initializer: option.initializer('pytorch'),
  })
  .strict();

/**
 * The paper's network for tables: tanh after each hidden layer, dropout (if any) before the last layer. Names as in the
 * official code: features.0, features.2, ..., classifier; with the same seed it starts as `initialWeights` does.
 */
export const mlp = {
  title: 'Multilayer perceptron with tanh',
  source: 'the official code of the paper and RelaxLoss (source/nonimage/models.py)',
  note: '',
  parameters,
  revision: mlpRevision,
  create(options: z.output<typeof parameters>): Network {
    const builder = new NetworkBuilder(options.initializer);
    const chain = new Chain([options.features]);
    options.hidden.forEach((width, i) => {
      chain.then(([inputs]) => dense(builder, `features.${2 * i}`, inputs, width)).then(tanh);
    });
    if (options.dropout > 0) chain.then((s) => dropout(builder, s, options.dropout));
    chain.then(([inputs]) => dense(builder, 'classifier', inputs, options.classes, 'pytorch'));
    const frame = {
      spec: { name: 'mlp', options },
      inputShape: [options.features],
      classes: options.classes,
    };
    return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
  },
} as const;
