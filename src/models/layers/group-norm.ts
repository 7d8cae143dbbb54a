import type { Tensor, Tensor1D } from '../../platform/backend/tensor';
import type { NetworkBuilder } from '../network-builder';
import type { BackwardPass, Layer } from './layer';

const eps = 1e-5;

/** Groups for a number of channels: the greatest common divisor with 32, as Opacus replaces batch norms. */
export function groupsFor(channels: number): number {
  let [a, b] = [32, channels];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/**
 * GroupNorm(groupsFor(channels), channels): normalizes each record over its pixels and the channels of a group, so that
 * records do not depend on each other (Wu and He, ECCV 2018).
 */
export function groupNorm(builder: NetworkBuilder, name: string, shape: readonly number[]): Layer {
  const [height, width, channels] = shape;
  const groups = groupsFor(channels);
  const grouped = [-1, height * width, groups, channels / groups];
  const scale = builder.constant({ name: `${name}.weight`, shape: [channels], role: 'scale' }, 1);
  const shift = builder.constant({ name: `${name}.bias`, shape: [channels], role: 'shift' }, 0);
  const asImage = (x: Tensor): Tensor => x.reshape([-1, height, width, channels]);
  return {
    outputShape: shape,
    forward({ tf, parameters, keep }, x) {
      const [y, normal, inverse] = tf.tidy(() => {
        const values = x.reshape(grouped);
        const moments = tf.moments(values, [1, 3], true);
        const spread = moments.variance.add(eps).rsqrt();
        const standard = asImage(values.sub(moments.mean).mul(spread));
        return [standard.mul(parameters[scale]).add(parameters[shift]), standard, spread];
      });
      x.dispose();
      keep(normal, inverse);
      return y;
    },
    backward(pass, dy) {
      const { tf } = pass;
      const taken = pass.take();
      const [normal, inverse] = taken;
      putGradients(pass, { scale, shift }, dy, normal);
      const dx = tf.tidy(() => {
        const delta = dy.mul(pass.parameters[scale]).reshape(grouped);
        const standard = normal.reshape(grouped);
        const along = standard.mul(delta.mul(standard).mean([1, 3], true));
        return asImage(
          delta
            .sub(delta.mean([1, 3], true))
            .sub(along)
            .mul(inverse),
        );
      });
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}

function putGradients(
  { tf, kernels, gradients, parameterGradients }: BackwardPass,
  { scale, shift }: { scale: number; shift: number },
  dy: Tensor,
  normal: Tensor,
): void {
  parameterGradients(
    dy,
    (delta) => {
      gradients[scale] = tf.tidy(() => kernels.biasGradient(delta.mul(normal)));
      gradients[shift] = kernels.biasGradient(delta);
    },
    () =>
      tf.tidy(() => {
        const toScale = dy.mul(normal).sum([1, 2]).square().sum<Tensor1D>(1);
        return toScale.add<Tensor1D>(dy.sum([1, 2]).square().sum(1));
      }),
  );
}
