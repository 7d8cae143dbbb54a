import { hasInPlaceSgd, InPlaceSgd } from '../platform/backend/in-place-sgd';
import type { Tensor, TensorFlow } from '../platform/backend/tensor';
import { type UpdateSettings, updateWeight } from './optimizer';
import type { Recipe } from './recipe';

/** Weights with the running averages of their optimizer, of one model or stacked; owner of its tensors. */
export interface WeightStore<T extends Tensor = Tensor> {
  /** Whoever asks disposes it, before the next update if that is to be fast. */
  read(parameter: number): T;
  readSlot(slot: number, parameter: number): T;
  /** The gradient is disposed. */
  update(parameter: number, gradient: T, settings: UpdateSettings): void;
  dispose(): void;
}

/** What a store takes over: weights, and slots (a list for each running average). */
interface Stored<T extends Tensor> {
  readonly recipe: Pick<Recipe, 'optimizer'>;
  readonly weights: T[];
  readonly slots: T[][];
  /** Whether SGD may round as a stack of models does (`InPlaceSgd.updateFolded`), else as `updateWeight`. */
  readonly folded: boolean;
}

/** SGD changes variables of the native backend in place; any other optimizer or backend makes new tensors. */
export function openWeightStore<T extends Tensor>(tf: TensorFlow, stored: Stored<T>): WeightStore<T> {
  const inPlace = stored.recipe.optimizer === 'sgd' && hasInPlaceSgd(tf);
  return inPlace ? inPlaceStore(tf, stored) : plainStore(tf, stored);
}

/** Tensors that each update replaces. */
function plainStore<T extends Tensor>(
  tf: TensorFlow,
  { weights, slots }: Pick<Stored<T>, 'weights' | 'slots'>,
): WeightStore<T> {
  takeOver(tf, [weights, ...slots].flat());
  return {
    read: (parameter) => weights[parameter].clone() as T,
    readSlot: (slot, parameter) => slots[slot][parameter].clone() as T,
    update(parameter, gradient, settings) {
      const own = slots.map((list) => list[parameter]);
      const next = updateWeight(tf, { weight: weights[parameter], slots: own, gradient }, settings);
      weights[parameter] = tf.keep(next.weight);
      next.slots.forEach((slot, k) => (slots[k][parameter] = tf.keep(slot)));
    },
    dispose: () => tf.dispose([weights, slots]),
  };
}

/** Variables of the native backend, for SGD. */
function inPlaceStore<T extends Tensor>(
  tf: TensorFlow,
  { weights, slots: [velocities], folded }: Pick<Stored<T>, 'weights' | 'slots' | 'folded'>,
): WeightStore<T> {
  const sgd = new InPlaceSgd(tf);
  const w = weights.map((value) => sgd.variable(value));
  const v = velocities.map((value) => sgd.variable(value));
  return {
    read: (parameter) => sgd.read(w[parameter]) as T,
    readSlot: (_, parameter) => sgd.read(v[parameter]) as T,
    update(parameter, gradient, settings) {
      if (folded) sgd.updateFolded(w[parameter], v[parameter], gradient, settings);
      else sgd.update(w[parameter], v[parameter], gradient, settings);
    },
    dispose() {
      [...w, ...v].forEach((variable) => sgd.remove(variable));
      sgd.dispose();
    },
  };
}

/** Until its first operation a native tensor is the caller's array, which whoever reads the tensor must never be given. */
export function takeOver(tf: TensorFlow, tensors: readonly Tensor[]): void {
  tf.tidy(() => tensors.forEach((tensor) => tensor.square()));
}
