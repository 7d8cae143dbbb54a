import { InPlaceSgd } from '../platform/backend/in-place-sgd';
import type { Tensor3D, TensorFlow } from '../platform/backend/tensor';
import { updateWeight, type UpdateSettings } from './optimizer';

/** Stacked weights with the running averages of their optimizer; owner of its tensors. */
export interface StackedStore {
  /** Whoever asks disposes it, before the next update if that is to be fast. */
  read(parameter: number): Tensor3D;
  readSlot(slot: number, parameter: number): Tensor3D;
  /** The gradient is disposed. */
  update(parameter: number, gradient: Tensor3D, settings: UpdateSettings): void;
  dispose(): void;
}

/** Takes over weights and slots (a list for each running average). */
type OpenStore = (tf: TensorFlow, weights: Tensor3D[], slots: Tensor3D[][]) => StackedStore;

/** Tensors that each update replaces, for every optimizer and backend. */
export const plainStore: OpenStore = (tf, weights, slots) => ({
  read: (parameter) => weights[parameter].clone(),
  readSlot: (slot, parameter) => slots[slot][parameter].clone(),
  update(parameter, gradient, settings) {
    const own = slots.map((list) => list[parameter]);
    const next = updateWeight(tf, { weight: weights[parameter], slots: own, gradient }, settings);
    weights[parameter] = tf.keep(next.weight);
    next.slots.forEach((slot, k) => (slots[k][parameter] = tf.keep(slot)));
  },
  dispose: () => tf.dispose([weights, slots]),
});

/** Variables of the native backend, for SGD. */
export const inPlaceStore: OpenStore = (tf, weights, [velocities]) => {
  const sgd = new InPlaceSgd(tf);
  const w = weights.map((value) => sgd.variable(value));
  const v = velocities.map((value) => sgd.variable(value));
  return {
    read: (parameter) => sgd.read(w[parameter]) as Tensor3D,
    readSlot: (_, parameter) => sgd.read(v[parameter]) as Tensor3D,
    update: (parameter, gradient, settings) => sgd.update(w[parameter], v[parameter], gradient, settings),
    dispose() {
      [...w, ...v].forEach((variable) => sgd.remove(variable));
      sgd.dispose();
    },
  };
};
