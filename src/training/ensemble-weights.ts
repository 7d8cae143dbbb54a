import type { NetworkTensors, TensorInfo } from '../models/network';
import type { Tensor, Tensor3D, TensorFlow } from '../platform/backend/tensor';
import { slotNames } from './optimizer';
import type { Recipe } from './recipe';
import type { TrainingState } from './task';
import { openWeightStore, type WeightStore } from './weight-store';

type Kept = Pick<TrainingState, 'updates' | 'parameters' | 'buffers' | 'slots' | 'ema'>;

/**
 * The weights of E models of one shape while they train together, stacked: [E, in, out], biases [E, 1, out]; owner of all
 * tensors. Each model is updated, clipped and averaged by itself, by the formulas of `updateWeight`.
 */
export class EnsembleWeights {
  private readonly store: WeightStore<Tensor3D>;
  private ema: Tensor3D[] | null;
  private readonly models: number;
  private pending: Tensor3D[] = [];
  private learningRate = 0;
  /** Updates done. */
  private updates: number;

  constructor(
    private readonly tf: TensorFlow,
    private readonly infos: readonly TensorInfo[],
    private readonly recipe: Recipe,
    states: readonly Kept[],
  ) {
    this.models = states.length;
    const stack = (list: (state: Kept) => readonly Float32Array[]): Tensor3D[] =>
      infos.map((info, i) =>
        stacked(
          tf,
          info,
          states.map((state) => list(state)[i]),
        ),
      );
    const weights = stack(({ parameters }) => parameters);
    const slots = slotNames(recipe).map((name) => stack((state) => state.slots[name]));
    this.store = openWeightStore(tf, { recipe, weights, slots, folded: true });
    this.ema = recipe.ema === null ? null : stack(({ ema }) => ema!);
    this.updates = states[0].updates;
  }

  /** A stacked parameter; whoever asks disposes it. */
  read(parameter: number): Tensor3D {
    return this.store.read(parameter);
  }

  /** Begins an update; then `take` is called once for each parameter, and `finish`. */
  begin(learningRate: number): void {
    this.updates++;
    this.learningRate = learningRate;
  }

  /** Takes over the gradient of a parameter, which may be updated at once. */
  take(parameter: number, gradient: Tensor3D): void {
    if (this.recipe.gradientClip === null) this.apply(parameter, gradient);
    else this.pending[parameter] = gradient;
  }

  finish(): void {
    if (this.recipe.gradientClip !== null) {
      const { pending } = this;
      this.pending = [];
      clipped(this.tf, pending, this.recipe.gradientClip).forEach((gradient, i) => this.apply(i, gradient));
    }
    this.average();
  }

  /** What one model releases: parameters of its own, which the caller disposes. */
  released(model: number): NetworkTensors {
    const { tf } = this;
    const parameters = this.infos.map((info, i) => {
      const all = this.ema === null ? this.read(i) : this.ema[i];
      const own = tf.tidy(() => all.slice([model, 0, 0], [1, -1, -1]).reshape([...info.shape]) as Tensor);
      if (this.ema === null) all.dispose();
      return own;
    });
    return { parameters, buffers: [] };
  }

  /** Copies everything that a checkpoint needs, model by model. */
  capture(): Kept[] {
    const { models } = this;
    const all = (
      count: number,
      tensor: (i: number) => { value: Tensor3D; mine: boolean },
    ): Float32Array[][] =>
      Array.from({ length: count }, (_, i) => {
        const { value, mine } = tensor(i);
        const parts = unstacked(value, models);
        if (mine) value.dispose();
        return parts;
      });
    const count = this.infos.length;
    const parameters = all(count, (i) => ({ value: this.read(i), mine: true }));
    const slots = slotNames(this.recipe).map((name, k) => ({
      name,
      values: all(count, (i) => ({ value: this.store.readSlot(k, i), mine: true })),
    }));
    const { ema } = this;
    const averages = ema === null ? null : all(count, (i) => ({ value: ema[i], mine: false }));
    const of = (list: readonly Float32Array[][], model: number): Float32Array[] =>
      list.map((parts) => parts[model]);
    return Array.from({ length: models }, (_, model) => ({
      updates: this.updates,
      parameters: of(parameters, model),
      buffers: [],
      slots: Object.fromEntries(slots.map(({ name, values }) => [name, of(values, model)])),
      ema: averages === null ? null : of(averages, model),
    }));
  }

  dispose(): void {
    this.store.dispose();
    this.tf.dispose([this.ema ?? [], this.pending.filter((gradient) => gradient !== undefined)]);
  }

  private apply(parameter: number, gradient: Tensor3D): void {
    const { learningRate, updates, recipe } = this;
    this.store.update(parameter, gradient, { ...recipe, learningRate, update: updates });
  }

  private average(): void {
    const { ema: decay } = this.recipe;
    if (this.ema === null || decay === null) return;
    const { tf } = this;
    this.ema = this.ema.map((old, i) => {
      const next = tf.tidy(() => old.mul(decay).add<Tensor3D>(this.read(i).mul(1 - decay)));
      old.dispose();
      return tf.keep(next);
    });
  }
}

/** Shape of a stacked parameter. */
function stackedShape({ shape }: TensorInfo, models: number): [number, number, number] {
  return shape.length === 2 ? [models, shape[0], shape[1]] : [models, 1, shape[0]];
}

function stacked(tf: TensorFlow, info: TensorInfo, parts: readonly Float32Array[]): Tensor3D {
  const values = new Float32Array(parts.length * parts[0].length);
  parts.forEach((part, i) => values.set(part, i * part.length));
  return tf.tensor3d(values, stackedShape(info, parts.length));
}

function unstacked(tensor: Tensor3D, models: number): Float32Array[] {
  const values = tensor.dataSync<'float32'>();
  const size = values.length / models;
  return Array.from({ length: models }, (_, i) => values.slice(i * size, (i + 1) * size));
}

/** Each model's gradients times min(1, limit / (length + 1e-6)), the length over all of its parameters. */
function clipped(tf: TensorFlow, gradients: readonly Tensor3D[], limit: number): Tensor3D[] {
  const result = tf.tidy(() => {
    const length = tf.addN(gradients.map((g) => g.square().sum([1, 2], true))).sqrt();
    const factor = tf.minimum(1, tf.div(limit, length.add(1e-6)));
    return gradients.map((g) => g.mul<Tensor3D>(factor));
  });
  tf.dispose(gradients as Tensor3D[]);
  return result;
}
