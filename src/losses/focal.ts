import type { Tensor1D } from '../platform/backend/tensor';
import { ceForms } from './ce';
import { defineLoss } from './define-loss';
import type { TrueClass } from './loss';
import { gamma } from './parameters';
import { scaled, type LossForms } from './probability-loss';

/**
 * (1 - p)^g u. With r = u / (1 - p), which tends to 1 at p = 1, the weight is q^g (1 + g p r): no power of a rounded
 * 1 - p and no 0 x Infinity for g < 1.
 */
export function focalForms(g: number): LossForms {
  if (g === 0) return ceForms(1);
  const weight = (at: TrueClass): number => at.q ** g * (1 + g * pr(at));
  const weightSlope = (at: TrueClass): number => g * at.q ** (g - 1) * (at.u - 2 - (g - 1) * pr(at));
  return {
    value: ({ q, u }) => q ** g * u,
    slope: (at) => -weight(at) / at.p,
    curvature: (at) => (at.p === 0 ? Infinity : (weight(at) - at.p * weightSlope(at)) / (at.p * at.p)),
    weight,
    weightSlope,
    values: ({ q, u }) => q.pow(g).mul(u),
    weights: ({ p, q, u }) => u.div<Tensor1D>(q.maximum(1e-37)).mul(p).mul(g).add(1).mul(q.pow(g)),
  };
}

/** p u / (1 - p): 0 at p = 0 and 1 at p = 1. */
function pr({ p, q, u }: TrueClass): number {
  if (p === 0) return 0;
  return q === 0 ? 1 : (p * u) / q;
}

/** Focal loss: f(p) = -beta (1 - p)^gamma ln p, w(p) = beta ((1 - p)^gamma - gamma p (1 - p)^(gamma - 1) ln p). Its weight falls to 0 at p = 1 (for gamma 2 after a rise up to p = 0.104). */
export const focal = defineLoss({
  kind: 'p',
  name: 'focal',
  label: 'Focal',
  title: 'Focal loss',
  formula: 'f(p) = -(1 - p)^gamma ln p',
  reference:
    'Lin et al., ICCV 2017, arXiv:1708.02002; loss_function.py of the official code (focal, its gamma from --alpha)',
  parameters: { gamma },
  forms: ({ beta, gamma }) => scaled(beta, focalForms(gamma)),
});
