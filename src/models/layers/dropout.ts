import { randomStream } from '../../platform/math/random';
import type { StepKey } from '../network';
import type { NetworkBuilder } from '../network-builder';
import type { Layer } from './layer';

/** At most so many dropout layers, since a stream's address holds step and layer in one number. */
const layersPerStep = 256;

/**
 * In training each value is 0 with probability `rate`, else divided by 1 - rate; in evaluation nothing happens. The mask
 * comes from the stream (seed, role, index, dropout, epoch, step x 256 + number of the dropout layer).
 */
export function dropout(builder: NetworkBuilder, shape: readonly number[], rate: number): Layer {
  const number = builder.nextDropout();
  return {
    outputShape: shape,
    forward(pass, x) {
      if (rate === 0) return x;
      if (pass.key === null) {
        // Nothing, by which the backward pass knows that nothing was dropped.
        pass.keep();
        return x;
      }
      const values = new Float32Array(x.size);
      fillDropoutMask(values, pass.key, number, rate);
      const mask = pass.tf.tensor(values, x.shape);
      const y = x.mul(mask);
      x.dispose();
      pass.keep(mask);
      return y;
    },
    backward(pass, dy) {
      if (rate === 0) return dy;
      const taken = pass.take();
      if (taken.length === 0) return dy;
      const dx = dy.mul(taken[0]);
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}

/** The mask of a step's dropout layer of that number: 0 for what is dropped, 1 / (1 - rate) for the rest. */
export function fillDropoutMask(
  mask: Float32Array,
  { step, ...key }: StepKey,
  number: number,
  rate: number,
): void {
  const { uniform } = randomStream({ ...key, purpose: 'dropout', step: step * layersPerStep + number });
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = uniform() < rate ? 0 : kept;
}
