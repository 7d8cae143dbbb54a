import type { Tensor1D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { numberIn } from './parameters';
import { scaled, type LossForms } from './probability-loss';

/** The level that a loss is held at. */
const floodLevel = numberIn('[0, Infinity)', 0.1, 'level that the loss is held at');

/** |u - t| + t. At the kink u = t the weight is 0. */
function floodingForms(t: number): LossForms {
  return {
    value: ({ u }) => Math.abs(u - t) + t,
    slope: ({ p, u }) => -Math.sign(u - t) / p,
    curvature: ({ p, u }) => Math.sign(u - t) / (p * p),
    weight: ({ u }) => Math.sign(u - t),
    weightSlope: () => 0,
    values: ({ u }) => u.sub(t).abs().add(t),
    weights: ({ u }) => u.sub<Tensor1D>(t).sign(),
  };
}

/**
 * Flooding: beta (|mean u - level| + level), with the mean over the batch. Below the level every gradient is reversed; at
 * the level it is 0.
 */
export const flooding = defineLoss({
  kind: 'batch',
  name: 'flooding',
  label: 'Flooding',
  title: 'Flooding of the batch',
  formula: '|mean_i u_i - level| + level',
  reference: 'Ishida et al., ICML 2020, arXiv:2002.08709',
  parameters: { level: floodLevel },
  forms: ({ level, beta: factor }) => ({
    onLosses: (u) => {
      const excess = u.reduce((sum, each) => sum + each, 0) / u.length - level;
      return {
        value: factor * (Math.abs(excess) + level),
        weights: u.map(() => (factor * Math.sign(excess)) / u.length),
      };
    },
    onTensors: (u) => {
      const excess = u.mean<Tensor1D>(0, true).sub<Tensor1D>(level);
      return {
        values: excess.abs().add(level).mul(factor),
        weights: u.zerosLike<Tensor1D>().add(excess.sign().mul(factor / u.shape[0])),
      };
    },
  }),
});

/** Flooding of each record: f(p) = beta (|u - level| + level), u = -ln p. w is 1 while the loss is above the level and -1 below it. */
export const floodingPerSample = defineLoss({
  kind: 'p',
  name: 'flooding-per-sample',
  label: 'Flooding per sample',
  title: 'Flooding, each record by itself',
  formula: 'f(p) = |u - level| + level, u = -ln p',
  reference:
    'development code (zhenlong-liu/MLHospital, flood); after Ishida et al., ICML 2020, arXiv:2002.08709, whose flooding is `flooding`',
  parameters: { level: floodLevel },
  forms: ({ beta, level }) => scaled(beta, floodingForms(level)),
});
