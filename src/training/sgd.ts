import type { TensorFlow } from '../backend/tensor';
import type { Tensor } from '../backend/tensor';

/**
 * One step of SGD with momentum and coupled weight decay, as PyTorch's (dampening 0):
 * v <- momentum v + gradient + weightDecay w;  w <- w - lr v.
 *
 * Disposes the old tensors and returns the new ones.
 */
export function sgdStep<T extends Tensor>(
  tf: TensorFlow,
  { weight, velocity, gradient }: { weight: T; velocity: T; gradient: T },
  { learningRate, momentum, weightDecay }: { learningRate: number; momentum: number; weightDecay: number },
): { weight: T; velocity: T } {
  const next = tf.tidy(() => {
    const newVelocity = tf.addN([velocity.mul<T>(momentum), gradient, weight.mul<T>(weightDecay)]);
    return { velocity: newVelocity, weight: weight.sub<T>(newVelocity.mul(learningRate)) };
  });
  tf.dispose([weight, velocity, gradient]);
  return next;
}
