import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from './tensor';

/** How a window moves over an image: rows and columns alike. */
export interface Window {
  /** Height and width of the window in pixels; a filter brings its own. */
  readonly size: number;
  /** Pixels from one place of the window to the next. */
  readonly stride: number;
  /** Pixels of padding before the first and after the last row (and column). */
  readonly pad: readonly [number, number];
}

/** What the gradient of a batch norm needs of its forward pass. */
export interface BatchStatistics {
  /** Mean over the batch, [channels]. */
  readonly mean: Tensor1D;
  /** Variance over the batch (divided by n) on some backends, 1 / sqrt(variance + eps) on others, [channels]. */
  readonly spread: Tensor1D;
  /** What else the kernel wants back, e.g. cuDNN's scratch. */
  readonly scratch: readonly Tensor[];
}

/**
 * The operations of networks and their gradients, without automatic differentiation. Images are [batch, height, width,
 * channels], filters [height, width, in, out]. Nothing is disposed; results belong to the caller.
 */
export interface Kernels {
  /** Matrix product a b, either side transposed first if asked for. */
  product(
    a: Tensor2D,
    b: Tensor2D,
    sides?: { readonly transposeA?: boolean; readonly transposeB?: boolean },
  ): Tensor2D;
  /** E products at once: [E, a, b] and [E, b, c] give [E, a, c], either side transposed first if asked for. */
  products(
    a: Tensor3D,
    b: Tensor3D,
    sides?: { readonly transposeA?: boolean; readonly transposeB?: boolean },
  ): Tensor3D;
  /** x w + b, [batch, out]. */
  dense(x: Tensor2D, w: Tensor2D, b: Tensor1D): Tensor2D;
  /** x + b for each channel; b is [channels]. */
  addBias(x: Tensor, b: Tensor1D): Tensor;
  /** Sum over all axes but the last, [channels]. */
  biasGradient(dy: Tensor): Tensor1D;
  convolve(x: Tensor4D, filter: Tensor4D, window: Window): Tensor4D;
  convolveInputGradient(shape: readonly number[], filter: Tensor4D, dy: Tensor4D, window: Window): Tensor4D;
  /** @throws UserError on the WebAssembly backend, which has no such operation */
  convolveFilterGradient(x: Tensor4D, shape: readonly number[], dy: Tensor4D, window: Window): Tensor4D;
  /** Largest value of each window; padding never wins. */
  maxPool(x: Tensor4D, window: Window): Tensor4D;
  /** @param y what maxPool gave for x */
  maxPoolGradient(x: Tensor4D, y: Tensor4D, dy: Tensor4D, window: Window): Tensor4D;
  /** Mean of each window; no padding. */
  averagePool(x: Tensor4D, window: Window): Tensor4D;
  averagePoolGradient(shape: readonly number[], dy: Tensor4D, window: Window): Tensor4D;
  /**
   * Batch norm with the statistics of the batch, as PyTorch's in training: y = scale (x - mean) / sqrt(variance + eps) +
   * shift, and running <- (1 - momentum) running + momentum batch, the variance there divided by n - 1.
   */
  batchNorm(
    x: Tensor4D,
    norm: { scale: Tensor1D; shift: Tensor1D; mean: Tensor1D; variance: Tensor1D },
    settings: { momentum: number; eps: number },
  ): { y: Tensor4D; mean: Tensor1D; variance: Tensor1D; statistics: BatchStatistics };
  batchNormGradient(
    x: Tensor4D,
    dy: Tensor4D,
    scale: Tensor1D,
    statistics: BatchStatistics,
    eps: number,
  ): { x: Tensor4D; scale: Tensor1D; shift: Tensor1D };
  /** Batch norm with given (running) statistics. */
  batchNormFixed(
    x: Tensor4D,
    norm: { scale: Tensor1D; shift: Tensor1D; mean: Tensor1D; variance: Tensor1D },
    eps: number,
  ): Tensor4D;
  /** @param y relu(x) */
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  /** @param y tanh(x) */
  tanhGradient(dy: Tensor, y: Tensor): Tensor;
}
