import type { Tensor1D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { type LossForms } from './probability-loss';

/** beta times cross-entropy: f(p) = -beta ln p, w(p) = beta. */
export function ceForms(beta: number): LossForms {
  return {
    value: ({ u }) => beta * u,
    slope: ({ p }) => -beta / p,
    curvature: ({ p }) => beta / (p * p),
    weight: () => beta,
    weightSlope: () => 0,
    values: ({ u }) => (beta === 1 ? u.clone() : u.mul(beta)),
    weights: ({ u }) => u.zerosLike<Tensor1D>().add(beta),
    constantWeight: beta,
  };
}

/** Cross-entropy: f(p) = -beta ln p, w(p) = beta. */
export const ce = defineLoss({
  kind: 'p',
  name: 'ce',
  label: 'CE',
  title: 'Cross-entropy (CE)',
  formula: 'f(p) = -ln p',
  reference: 'the convex baseline of Liu et al., ICML 2024',
  parameters: {},
  forms: ({ beta }) => ceForms(beta),
});
