import type { Tensor, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Role } from '../platform/math/random';

/** A trained or kept array of a network. */
export interface TensorInfo {
  /** PyTorch's state_dict name, e.g. layer1.0.conv1.weight. */
  readonly name: string;
  /** As held on the backend: dense [in, out], filters [height, width, in, out], everything else [channels]. */
  readonly shape: readonly number[];
  /** As PyTorch holds it: dense [out, in], filters [out, in, height, width]. */
  readonly torchShape: readonly number[];
  readonly role: 'weight' | 'bias' | 'scale' | 'shift' | 'running_mean' | 'running_var';
}

/** A network as plain JSON, every default filled in: part of what identifies a trained model. */
export interface ModelSpec {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** All arrays of a network in memory, in the order of `parameters` and `buffers` and in the backend's layout. */
export interface NetworkArrays {
  readonly parameters: Float32Array[];
  readonly buffers: Float32Array[];
}

/** The same on the backend. */
export interface NetworkTensors {
  readonly parameters: readonly Tensor[];
  readonly buffers: readonly Tensor[];
}

/** Whose start weights: methods of one seed share them. */
export interface ModelKey {
  readonly seed: number;
  readonly role: Role;
  readonly index?: number;
}

/** Which step's dropout masks. */
export interface StepKey extends ModelKey {
  readonly epoch: number;
  /** The step within the epoch, in [0, 2^24). */
  readonly step: number;
}

/** What a training pass kept for its backward passes. Plain arrays of tensors, so that tf.tidy sees them. */
export type Saved = readonly (readonly Tensor[])[];

export interface TrainingPass {
  /** [batch, classes]. */
  readonly logits: Tensor2D;
  readonly saved: Saved;
  /** The new buffers (running statistics), in the order of `buffers`, or none; the old ones stay the caller's. */
  readonly buffers: Tensor[];
}

export interface BackwardOptions {
  /** Also give the gradient of the input (for white-box attacks); default false. */
  readonly inputGradient?: boolean;
  /** Leave `saved` alive for another backward pass; default false: it is disposed on the way. */
  readonly keepSaved?: boolean;
}

/**
 * A network with its backward pass by hand. It holds no tensors: they go in and come out, and belong to the caller. All
 * methods may be called inside or outside tf.tidy and leave nothing else behind.
 */
export interface Network {
  readonly spec: ModelSpec;
  /** Shape of one input: [features] or [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** In the order of PyTorch's parameters(). */
  readonly parameters: readonly TensorInfo[];
  /** Running statistics, in the order of PyTorch's buffers(), without num_batches_tracked. */
  readonly buffers: readonly TensorInfo[];
  /** Number of trained values, PyTorch's sum(p.numel() for p in parameters()). */
  readonly parameterCount: number;
  /** Raised when a change alters numbers; part of a run's identity. */
  readonly revision: number;
  /** A batch norm makes the records of a batch depend on each other, so that DP-SGD is not defined. */
  readonly hasBatchNorm: boolean;
  /** Whether it has convolutions, which WebAssembly cannot train. */
  readonly hasConvolutions: boolean;
  /** Start weights; the same key gives the same bits everywhere. */
  initial(key: ModelKey): NetworkArrays;
  /** Logits as in evaluation: running statistics, no dropout. x is [batch, ...inputShape]; the result [batch, classes]. */
  logits(tf: TensorFlow, tensors: NetworkTensors, x: Tensor): Tensor2D;
  /**
   * Logits for a backward pass. With a step's key as in training: batch statistics, dropout masks from the step's stream.
   * With null as in evaluation: running statistics, no dropout, and no new buffers.
   */
  forward(tf: TensorFlow, tensors: NetworkTensors, x: Tensor, key: StepKey | null): TrainingPass;
  /**
   * @param logitGradient dL / dlogits, [batch, classes]; stays the caller's
   * @returns dL / dparameter in the order of `parameters`, and dL / dx if asked for, else null
   */
  backward(
    tf: TensorFlow,
    tensors: NetworkTensors,
    saved: Saved,
    logitGradient: Tensor2D,
    options?: BackwardOptions,
  ): { parameters: Tensor[]; input: Tensor | null };
  /**
   * Squared length of each record's own gradient over all parameters, [batch], without making the gradients. Row i of
   * logitGradient is dL_i / dlogits_i (not divided by the batch). With clipping factors c_i = min(1, C / norm_i), the sum
   * of the clipped gradients is `backward` of logitGradient with its rows times c_i. `saved` stays alive.
   *
   * @returns [batch]
   * @throws UserError if the network has batch norm
   */
  exampleSquaredNorms(tf: TensorFlow, tensors: NetworkTensors, saved: Saved, logitGradient: Tensor2D): Tensor;
  /**
   * Sum over the records of their own gradients g_i, each times min(1, clipNorm / |g_i|), in one backward pass. Row i of
   * logitGradient is dL_i / dlogits_i; it stays the caller's, `saved` is disposed.
   *
   * @param scale a factor on the whole sum; default 1
   * @returns the sum in the order of `parameters`
   * @throws UserError if the network has batch norm
   */
  clippedGradients(
    tf: TensorFlow,
    tensors: NetworkTensors,
    saved: Saved,
    logitGradient: Tensor2D,
    clip: { readonly clipNorm: number; readonly scale?: number },
  ): Tensor[];
}

/** Puts arrays on the backend; the caller disposes. */
export function toTensors(
  tf: TensorFlow,
  network: Network,
  { parameters, buffers }: NetworkArrays,
): { parameters: Tensor[]; buffers: Tensor[] } {
  const put = (infos: readonly TensorInfo[], arrays: readonly Float32Array[]): Tensor[] =>
    infos.map(({ shape }, i) => tf.tensor(arrays[i], [...shape], 'float32'));
  return { parameters: put(network.parameters, parameters), buffers: put(network.buffers, buffers) };
}
