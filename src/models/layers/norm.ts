import { UserError } from '../../errors';
import type { Tensor, Tensor1D, Tensor4D } from '../../platform/backend/tensor';
import type { NetworkBuilder } from '../network-builder';
import type { BackwardPass, Layer } from './layer';

/** Which normalization stands behind the convolutions. */
export const normNames = ['batch', 'group'] as const;

export type NormName = (typeof normNames)[number];

/** Makes the chosen normalization; both have the same names of parameters. */
export function norm(
  kind: NormName,
): (builder: NetworkBuilder, name: string, shape: readonly number[]) => Layer {
  return kind === 'batch' ? batchNorm : groupNorm;
}

/** Of PyTorch's BatchNorm2d. */
const settings = { momentum: 0.1, eps: 1e-5 };

/**
 * BatchNorm2d: normalizes each channel with mean and variance (divided by n) of the batch in training, with the running
 * ones in evaluation. running <- 0.9 running + 0.1 batch, the variance divided by n - 1 there (Ioffe and Szegedy, ICML
 * 2015, as PyTorch has it).
 */
export function batchNorm(builder: NetworkBuilder, name: string, shape: readonly number[]): Layer {
  const channels = [shape[shape.length - 1]];
  const scale = builder.constant({ name: `${name}.weight`, shape: channels, role: 'scale' }, 1);
  const shift = builder.constant({ name: `${name}.bias`, shape: channels, role: 'shift' }, 0);
  const mean = builder.buffer({ name: `${name}.running_mean`, shape: channels, role: 'running_mean' }, 0);
  const variance = builder.buffer({ name: `${name}.running_var`, shape: channels, role: 'running_var' }, 1);
  builder.hasBatchNorm = true;
  return {
    outputShape: shape,
    forward({ kernels, parameters, buffers, newBuffers, key, keep }, x) {
      const norm = {
        scale: parameters[scale] as Tensor1D,
        shift: parameters[shift] as Tensor1D,
        mean: buffers[mean] as Tensor1D,
        variance: buffers[variance] as Tensor1D,
      };
      if (key === null) {
        const y = kernels.batchNormFixed(x as Tensor4D, norm, settings.eps);
        keep(x, norm.mean.clone(), norm.variance.clone());
        // Nothing, by which the backward pass knows that the statistics were fixed.
        keep();
        return y;
      }
      checkCount(name, x.shape);
      const result = kernels.batchNorm(x as Tensor4D, norm, settings);
      newBuffers[mean] = result.mean;
      newBuffers[variance] = result.variance;
      keep(x, result.statistics.mean, result.statistics.spread, ...result.statistics.scratch);
      return result.y;
    },
    backward(pass, dy) {
      const taken = pass.take();
      if (taken.length === 0) return fixedGradient(pass, dy, { scale, shift });
      const [x, batchMean, spread, ...scratch] = taken;
      const gradient = pass.kernels.batchNormGradient(
        x as Tensor4D,
        dy as Tensor4D,
        pass.parameters[scale] as Tensor1D,
        { mean: batchMean as Tensor1D, spread: spread as Tensor1D, scratch },
        settings.eps,
      );
      pass.gradients[scale] = gradient.scale;
      pass.gradients[shift] = gradient.shift;
      dy.dispose();
      pass.release(taken);
      return gradient.x;
    },
  };
}

/** The backward pass where mean and variance do not depend on the batch: dx = dy scale / sqrt(variance + eps). */
function fixedGradient(
  pass: BackwardPass,
  dy: Tensor,
  { scale, shift }: { readonly scale: number; readonly shift: number },
): Tensor {
  const { tf, kernels } = pass;
  const taken = pass.take();
  const [x, mean, variance] = taken;
  const [dx, dScale] = tf.tidy(() => {
    const inverse = variance.add(settings.eps).rsqrt();
    const normalized = x.sub(mean).mul(inverse);
    return [dy.mul(inverse.mul(pass.parameters[scale])), dy.mul(normalized).sum([0, 1, 2])];
  });
  pass.gradients[scale] = dScale;
  pass.gradients[shift] = kernels.biasGradient(dy);
  dy.dispose();
  pass.release(taken);
  return dx;
}

function checkCount(name: string, [batch, height, width]: readonly number[]): void {
  if (batch * height * width < 2) {
    throw new UserError(
      `Batch norm ${name} sees one value a channel, which has no variance (PyTorch refuses it as well): ` +
        'the batch has one record and the image is one pixel there. ' +
        "Choose a batch size that leaves no batch of one record, or norm: 'group'.",
    );
  }
}

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
