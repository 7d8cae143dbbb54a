import type { Kernels } from '../../platform/backend/kernels';
import type { Tensor, Tensor1D, TensorFlow } from '../../platform/backend/tensor';
import type { StepKey } from '../network';

/** A forward pass under way. */
export interface ForwardPass {
  readonly tf: TensorFlow;
  readonly kernels: Kernels;
  readonly parameters: readonly Tensor[];
  readonly buffers: readonly Tensor[];
  /** The step in training; null for running statistics and no dropout, as in evaluation. */
  readonly key: StepKey | null;
  /** Where training puts the new running statistics, by buffer number. */
  readonly newBuffers: Tensor[];
  /** Takes over tensors: for the backward pass in training, to dispose them in evaluation. */
  keep(...tensors: Tensor[]): void;
}

/** A backward pass under way; layers are gone through in the opposite order. */
export interface BackwardPass {
  readonly tf: TensorFlow;
  readonly kernels: Kernels;
  readonly parameters: readonly Tensor[];
  /** Where gradients are put, by parameter number. */
  readonly gradients: Tensor[];
  /**
   * What a layer with parameters calls once, with the gradient of its output: the pass decides whether and when it makes
   * gradients, and of which rows.
   *
   * @param make puts the gradients that follow from a dy of that shape into `gradients`
   * @param squaredNorms squared length of each record's own gradient, [batch]; never called with batch norm
   */
  parameterGradients(dy: Tensor, make: (dy: Tensor) => void, squaredNorms: () => Tensor1D): void;
  /** What the forward pass of this layer kept. */
  take(): readonly Tensor[];
  /** Says that what was taken is no longer needed by this pass. */
  release(taken: readonly Tensor[]): void;
}

/**
 * A part of a network, with its backward pass by hand. Ownership is linear: `forward` takes over x and gives y away,
 * `backward` takes over dy and gives dx away. A layer that needs a tensor twice clones it, which copies no data.
 */
export interface Layer {
  /** Shape of the output of one record. */
  readonly outputShape: readonly number[];
  forward(pass: ForwardPass, x: Tensor): Tensor;
  /** @param needed whether dx is wanted; null comes back where it is not */
  backward(pass: BackwardPass, dy: Tensor, needed: boolean): Tensor | null;
}
