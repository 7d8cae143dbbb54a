import type { Tensor, TensorFlow } from '../platform/backend/tensor';
import type { Network, NetworkTensors } from '../models/network';
import type { StepGradient } from './defense';
import { slotNames, type Slots } from './optimizer';
import type { Recipe } from './recipe';
import type { TrainingState } from './task';
import { openWeightStore, takeOver, type WeightStore } from './weight-store';

type Kept = Pick<TrainingState, 'updates' | 'parameters' | 'buffers' | 'slots' | 'ema'>;

/** The weights of a network while it trains, with the running averages of optimizer and recipe; owner of all tensors. */
export class TrainedWeights {
  private readonly store: WeightStore;
  private parameters: Tensor[];
  private buffers: Tensor[];
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
    const slots = slotNames(recipe).map((name) => shaped(kept.slots[name]));
    this.store = openWeightStore(tf, { recipe, weights: shaped(kept.parameters), slots, folded: false });
    this.parameters = this.read();
    this.buffers = kept.buffers.map((values, i) => tf.tensor(values, [...network.buffers[i].shape]));
    this.ema = kept.ema === null ? null : shaped(kept.ema);
    this.updates = kept.updates;
    takeOver(tf, [...this.buffers, ...(this.ema ?? [])]);
  }

  /** What forward and backward passes use, until the next update. */
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
    // An update in place would have to copy a weight that somebody still reads.
    tf.dispose(this.parameters);
    this.clipped(gradients).forEach((gradient, i) => this.store.update(i, gradient, settings));
    this.parameters = this.read();
    if (buffers.length > 0) {
      tf.dispose(this.buffers);
      this.buffers = [...buffers];
    }
    this.average();
  }

  /** Copies everything that a checkpoint needs; the copies are the caller's alone. */
  capture(): Kept {
    const { tf, store } = this;
    const slots = slotNames(this.recipe).map((name, k) => {
      const tensors = this.parameters.map((_, i) => store.readSlot(k, i));
      const arrays = arraysOf(tf, tensors);
      tf.dispose(tensors);
      return [name, arrays] as const;
    });
    return {
      updates: this.updates,
      parameters: arraysOf(tf, this.parameters),
      buffers: arraysOf(tf, this.buffers),
      slots: Object.fromEntries(slots) as Slots<Float32Array>,
      ema: this.ema === null ? null : arraysOf(tf, this.ema),
    };
  }

  dispose(): void {
    this.store.dispose();
    this.tf.dispose([this.parameters, this.buffers, this.ema ?? []]);
  }

  /** Kept, since a defense may update inside of a tidy. */
  private read(): Tensor[] {
    return this.network.parameters.map((_, i) => this.tf.keep(this.store.read(i)));
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
