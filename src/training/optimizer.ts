import type { Tensor, TensorFlow } from '../platform/backend/tensor';
import { adamEpsilon, type Recipe } from './recipe';

/** Running averages of an optimizer, a list a kind, each in the order of the weights. */
export type Slots<T> = Readonly<Record<string, readonly T[]>>;

/** Names of the running averages that an optimizer keeps. */
export function slotNames({ optimizer }: Pick<Recipe, 'optimizer'>): readonly string[] {
  return optimizer === 'sgd' ? ['velocity'] : ['mean', 'square'];
}

/** A weight with its running averages and its gradient. */
export interface WeightUpdate<T extends Tensor = Tensor> {
  readonly weight: T;
  readonly slots: readonly T[];
  readonly gradient: T;
}

/** Learning rate and number (from 1) of an update, and the recipe. */
export interface UpdateSettings extends Pick<
  Recipe,
  'optimizer' | 'momentum' | 'nesterov' | 'beta2' | 'weightDecay'
> {
  readonly learningRate: number;
  /** Counts all updates of the training from 1; Adam's bias correction. */
  readonly update: number;
}

/**
 * One update of a weight, as PyTorch's. With g = gradient + weightDecay w:
 * - sgd: v <- momentum v + g; w <- w - lr v, with Nesterov w <- w - lr (g + momentum v).
 * - adam: m <- b1 m + (1 - b1) g; s <- b2 s + (1 - b2) g^2; w <- w - lr (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps).
 *
 * Disposes what it is given and returns the new weight and running averages.
 */
export function updateWeight<T extends Tensor>(
  tf: TensorFlow,
  given: WeightUpdate<T>,
  settings: UpdateSettings,
): { weight: T; slots: T[] } {
  const next = tf.tidy(() =>
    settings.optimizer === 'sgd' ? sgd(tf, given, settings) : adam(tf, given, settings),
  );
  tf.dispose([given.weight, given.slots as T[], given.gradient]);
  return next;
}

function sgd<T extends Tensor>(
  tf: TensorFlow,
  { weight, slots: [velocity], gradient }: WeightUpdate<T>,
  { learningRate, momentum, nesterov, weightDecay }: UpdateSettings,
): { weight: T; slots: T[] } {
  const parts = [velocity.mul<T>(momentum), gradient];
  if (weightDecay > 0) parts.push(weight.mul<T>(weightDecay));
  const v = tf.addN<T>(parts);
  if (!nesterov) return { weight: weight.sub<T>(v.mul(learningRate)), slots: [v] };
  const direction = tf.addN<T>([...parts.slice(1), v.mul<T>(momentum)]);
  return { weight: weight.sub<T>(direction.mul(learningRate)), slots: [v] };
}

function adam<T extends Tensor>(
  tf: TensorFlow,
  { weight, slots: [mean, square], gradient }: WeightUpdate<T>,
  { learningRate, momentum, beta2, weightDecay, update }: UpdateSettings,
): { weight: T; slots: T[] } {
  const g = weightDecay > 0 ? gradient.add<T>(weight.mul<T>(weightDecay)) : gradient;
  const m = mean.mul<T>(momentum).add<T>(g.mul(1 - momentum));
  const s = square.mul<T>(beta2).add<T>(g.square().mul(1 - beta2));
  const rate = learningRate / (1 - momentum ** update);
  const spread = s
    .sqrt()
    .div(Math.sqrt(1 - beta2 ** update))
    .add(adamEpsilon);
  return { weight: weight.sub<T>(m.mul(rate).div(spread)), slots: [m, s] };
}
