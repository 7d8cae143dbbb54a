import type { Tensor1D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { numberIn } from './parameters';
import { scaled, type LossForms } from './probability-loss';
import type { LossOptionValues } from './loss';

/** -e^(s p). */
export function celForms(s: number): LossForms {
  return {
    value: ({ p }) => -Math.exp(s * p),
    slope: ({ p }) => -s * Math.exp(s * p),
    curvature: ({ p }) => -s * s * Math.exp(s * p),
    weight: ({ p }) => s * p * Math.exp(s * p),
    weightSlope: ({ p }) => s * (1 + s * p) * Math.exp(s * p),
    values: ({ p }) => p.mul<Tensor1D>(s).exp<Tensor1D>().neg(),
    weights: ({ p }) => p.mul(s).exp().mul(p).mul(s),
  };
}

/** Concave exponential loss: f(p) = -beta e^(scale p), w(p) = beta scale p e^(scale p). Concave in p; its gradient vanishes at p = 0. */
export const cel = defineLoss({
  kind: 'p',
  name: 'cel',
  label: 'CEL',
  said: ({ scale, beta }): LossOptionValues => (scale === 1 ? { beta } : { scale, beta }),
  title: 'Concave exponential loss (CEL)',
  formula: 'f(p) = -e^(scale p)',
  reference:
    'Liu et al., ICML 2024 (concave part of CCEL); scale: concave_exp of the development code (zhenlong-liu/MLHospital)',
  parameters: { scale: numberIn('(0, 50]', 1, 'factor in the exponent; 1 in the paper') },
  forms: ({ beta, scale }) => scaled(beta, celForms(scale)),
});
