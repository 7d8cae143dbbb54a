import type { Tensor, TensorFlow } from '../platform/backend/tensor';
import type { Network, NetworkTensors } from '../models/network';
import type { StepGradient } from './defense';
import { slotNames, updateWeight, type Slots } from './optimizer';
import type { Recipe } from './recipe';
import type { TrainingState } from './task';

type Kept = Pick<TrainingState, 'updates' | 'parameters' | 'buffers' | 'slots' | 'ema'>;

/** The weights of a network while it trains, with the running averages of optimizer and recipe; owner of all tensors. */
export class TrainedWeights {
  private parameters: Tensor[];
  private buffers: Tensor[];
  private slots: Tensor[][];
  private ema: Tensor[] | null;
  /** Updates done. */
  updates: number;

  constructor(
    private readonly tf: TensorFlow,
    private readonly network: Network,
    private readonly recipe: Recipe,
    kept: Kept,
  ) {
    const shaped = (arrays: readonly Float32Array[]): Tensor[] =>
      arrays.map((values, i) => tf.tensor(values, [...network.parameters[i].shape]));
    this.parameters = shaped(kept.parameters);
    this.buffers = kept.buffers.map((values, i) => tf.tensor(values, [...network.buffers[i].shape]));
    this.slots = slotNames(recipe).map((name) => shaped(kept.slots[name]));
    this.ema = kept.ema === null ? null : shaped(kept.ema);
    this.updates = kept.updates;
    // Until its first operation a native tensor is the caller's array, which `capture` must never give away.
    tf.tidy(() => this.all().forEach((tensor) => tensor.square()));
  }

  private all(): Tensor[] {
    return [this.parameters, this.buffers, this.slots.flat(), this.ema ?? []].flat();
  }

  /** What forward and backward passes use. */
  get tensors(): NetworkTensors {
    return { parameters: this.parameters, buffers: this.buffers };
  }

  /** What is evaluated and released. */
  get released(): NetworkTensors {
    return { parameters: this.ema ?? this.parameters, buffers: this.buffers };
  }

  /** One update with a gradient, which is disposed; its values are not. */
  update({ gradients, buffers }: Pick<StepGradient, 'gradients' | 'buffers'>, learningRate: number): void {
    const { tf } = this;
    this.updates++;
    const settings = { ...this.recipe, learningRate, update: this.updates };
    const clipped = this.clipped(gradients);
    clipped.forEach((gradient, i) => {
      const slots = this.slots.map((list) => list[i]);
      const next = updateWeight(tf, { weight: this.parameters[i], slots, gradient }, settings);
      this.parameters[i] = next.weight;
      next.slots.forEach((slot, k) => (this.slots[k][i] = slot));
    });
    if (buffers.length > 0) {
      tf.dispose(this.buffers);
      this.buffers = [...buffers];
    }
    this.average();
  }

  /** Copies everything that a checkpoint needs; the copies are the caller's alone. */
  capture(): Kept {
    return {
      updates: this.updates,
      parameters: arraysOf(this.tf, this.parameters),
      buffers: arraysOf(this.tf, this.buffers),
      slots: Object.fromEntries(
        slotNames(this.recipe).map((name, i) => [name, arraysOf(this.tf, this.slots[i])]),
      ) as Slots<Float32Array>,
      ema: this.ema === null ? null : arraysOf(this.tf, this.ema),
    };
  }

  dispose(): void {
    this.tf.dispose(this.all());
  }

  /** As PyTorch's clip_grad_norm_: all gradients times min(1, limit / (length + 1e-6)). */
  private clipped(gradients: readonly Tensor[]): readonly Tensor[] {
    const { gradientClip } = this.recipe;
    if (gradientClip === null) return gradients;
    const { tf } = this;
    const result = tf.tidy(() => {
      const length = tf.addN(gradients.map((g) => g.square().sum())).sqrt();
      const factor = tf.minimum(1, tf.div(gradientClip, length.add(1e-6)));
      return gradients.map((g) => g.mul(factor));
    });
    tf.dispose(gradients as Tensor[]);
    return result;
  }

  private average(): void {
    const { ema: decay } = this.recipe;
    if (this.ema === null || decay === null) return;
    const { tf } = this;
    this.ema = this.ema.map((old, i) => {
      const next = tf.tidy(() => old.mul(decay).add(this.parameters[i].mul(1 - decay)));
      old.dispose();
      return next;
    });
  }
}

/** Copies of tensors, in their order. */
export function arraysOf(tf: TensorFlow, tensors: readonly Tensor[]): Float32Array[] {
  const arrays = tensors.map((tensor) => tensor.dataSync<'float32'>());
  // The native backend gives copies; the others what they compute with.
  return tf.getBackend() === 'tensorflow' ? arrays : arrays.map((values) => values.slice());
}

/** The state before the first epoch. */
export function startState(
  network: Network,
  recipe: Recipe,
  key: Parameters<Network['initial']>[0],
): TrainingState {
  const { parameters, buffers } = network.initial(key);
  const zeros = (): Float32Array[] => parameters.map(({ length }) => new Float32Array(length));
  return {
    epoch: 0,
    updates: 0,
    parameters,
    buffers,
    slots: Object.fromEntries(slotNames(recipe).map((name) => [name, zeros()])),
    ema: recipe.ema === null ? null : parameters.map((values) => values.slice()),
    defense: {},
    history: [],
    outputs: new Float32Array(0),
    best: null,
  };
}
