import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import type { SoftmaxRow, SoftmaxTensors } from './loss';
import { numberIn } from './parameters';

/** Losses of all logits or of the whole batch that are here to be compared on paper, as in table.ts. */
export const logitsTable = {
  /**
   * Normalized cross-entropy and mean absolute error: beta (a u / S + b 2 (1 - p_y)), with u = -ln p_y and
   * S = -sum_k ln p_k. As dS/dz_k = K p_k - 1, the gradient of the first part is
   * (S (p_k - [k = y]) - u (K p_k - 1)) / S^2; that of the second 2 p_y (p_k - [k = y]).
   */
  'nce-mae': defineLoss({
    kind: 'logits',
    name: 'nce-mae',
    label: 'NCE+MAE',
    title: 'Normalized CE + MAE (NCE+MAE)',
    formula: 'a (-ln p_y) / (-sum_k ln p_k) + 2 b (1 - p_y)',
    reference: 'Ma et al., ICML 2020, arXiv:2006.13554',
    parameters: {
      a: numberIn('[0, Infinity)', 1, 'weight of normalized cross-entropy'),
      b: numberIn('[0, Infinity)', 1, 'weight of the mean absolute error'),
    },
    forms: (options) => {
      const [a, b] = [options.beta * options.a, options.beta * options.b];
      return {
        onRow: ({ p, q, u, label, logProbabilities, direction }) => {
          const classes = direction.length;
          const sum = -logProbabilities.reduce((total, each) => total + each, 0);
          const share = u / sum;
          // K p_k - 1 from the direction, which keeps the small 1 - p of a sure true class.
          const slopes = direction.map((d, k) => (k === label ? classes * (d + 1) - 1 : classes * d - 1));
          return {
            value: a * share + 2 * b * q,
            gradient: direction.map((d, k) => (a * (d - share * slopes[k])) / sum + 2 * b * p * d),
          };
        },
        onTensors: ({ p, q, u, oneHot, direction, logProbabilities }) => {
          const sum = logProbabilities().sum<Tensor1D>(1).neg<Tensor1D>();
          const share = u.div<Tensor1D>(sum);
          const slopes = direction.add<Tensor2D>(oneHot).mul<Tensor2D>(oneHot.shape[1]).sub<Tensor2D>(1);
          const normalized = direction
            .sub<Tensor2D>(slopes.mul(share.expandDims(1)))
            .div<Tensor2D>(sum.expandDims(1))
            .mul<Tensor2D>(a);
          return {
            values: share.mul<Tensor1D>(a).add<Tensor1D>(q.mul(2 * b)),
            gradients: normalized.add(direction.mul(p.mul(2 * b).expandDims(1))),
          };
        },
      };
    },
  }),

  /**
   * Cross-entropy of logits whose Euclidean norm is clipped: z' = z if |z| <= tau, else tau z / |z|; times beta. Where it
   * clips, the gradient has no part along z.
   */
  'logit-clip': defineLoss({
    kind: 'logits',
    name: 'logit-clip',
    label: 'Logit clip',
    title: 'Logit-clipped CE',
    formula: 'CE(z min(1, tau / |z|)), |z| the Euclidean norm',
    reference: 'Wei et al., ICML 2023, arXiv:2212.04055; logit_cliping of the development code',
    parameters: { tau: numberIn('(0, Infinity)', 1, 'largest norm of the logits') },
    forms: ({ tau, beta: factor }) => ({
      onRow: (row) => rescaledRow(row, { norm: tau, factor, onlyAbove: true }),
      onTensors: (batch) => rescaledTensors(batch, { norm: tau, factor, onlyAbove: true }),
    }),
  }),

  /** Cross-entropy of logits brought to one Euclidean norm: z' = z / (temperature |z|); times beta. */
  'logit-norm': defineLoss({
    kind: 'logits',
    name: 'logit-norm',
    label: 'Logit norm',
    title: 'Logit-normalized CE',
    formula: 'CE(z / (temperature |z|)), |z| the Euclidean norm',
    reference:
      'Wei et al., ICML 2022, arXiv:2205.09310; logit_norm of the development code, without its 1e-7',
    parameters: {
      temperature: numberIn('(0, Infinity)', 1, 'the norm is 1 / temperature; 0.04 in the paper'),
    },
    forms: ({ temperature, beta: factor }) => ({
      onRow: (row) => rescaledRow(row, { norm: 1 / temperature, factor, onlyAbove: false }),
      onTensors: (batch) => rescaledTensors(batch, { norm: 1 / temperature, factor, onlyAbove: false }),
    }),
  }),

  /**
   * Cross-entropy with a constant e^c in the denominator of the softmax: beta (ln(sum_k e^(z_k) + e^c) - z_y), as if there
   * were one more class whose logit is c. With L = ln sum_k e^(z_k) and s = 1 / (1 + e^(c - L)) it is u + ln(1 + e^(c - L)),
   * and its gradient s softmax_k - [k = y]. Unlike cross-entropy it is not blind to a shift of all logits.
   */
  csce: defineLoss({
    kind: 'logits',
    name: 'csce',
    label: 'Constant in the softmax',
    title: 'Constant in the softmax (csce)',
    formula: 'ln(sum_k e^(z_k) + e^constant) - z_y',
    reference: 'development code of the paper’s first author (zhenlong-liu/MLHospital, csce)',
    parameters: { constant: numberIn('(-Infinity, Infinity)', 1, 'logit of the extra class') },
    forms: ({ constant, beta: factor }) => ({
      onRow: ({ z: logits, u, label, direction }) => {
        const excess = constant - (logits[label] + u);
        const extra = excess > 0 ? excess + Math.log1p(Math.exp(-excess)) : Math.log1p(Math.exp(excess));
        const taken = excess > 0 ? 1 / (1 + Math.exp(-excess)) : Math.exp(excess) / (1 + Math.exp(excess));
        return {
          value: factor * (u + extra),
          gradient: direction.map((d, k) => factor * ((1 - taken) * d - (k === label ? taken : 0))),
        };
      },
      onTensors: ({ z: logits, u, oneHot, direction }) => {
        const excess = logits
          .mul<Tensor2D>(oneHot)
          .sum<Tensor1D>(1)
          .add<Tensor1D>(u)
          .neg<Tensor1D>()
          .add<Tensor1D>(constant);
        const taken = excess.sigmoid().expandDims(1);
        return {
          values: u.add<Tensor1D>(softplus(excess)).mul(factor),
          gradients: direction.sub<Tensor2D>(direction.add(oneHot).mul(taken)).mul(factor),
        };
      },
    }),
  }),

  /**
   * Variance penalty: beta (mean u + strength Var u) over a batch, Var with n - 1 in its denominator (0 for one record):
   * dL/du_i = beta (1 / n + 2 strength (u_i - mean u) / (n - 1)). A positive strength shrinks the spread of the losses.
   */
  'variance-penalty': defineLoss({
    kind: 'batch',
    name: 'variance-penalty',
    label: 'Variance penalty',
    title: 'Variance penalty',
    formula: 'mean_i u_i + strength Var_i u_i',
    reference: 'development code of the paper’s first author (zhenlong-liu/MLHospital, variance_penalty)',
    parameters: {
      strength: numberIn('(-Infinity, Infinity)', 0.01, 'weight of the variance; 0.01 to 0.08 in the code'),
    },
    forms: ({ strength, beta: factor }) => ({
      onLosses: (u) => {
        const n = u.length;
        const mean = u.reduce((sum, each) => sum + each, 0) / n;
        const c = strength / Math.max(1, n - 1);
        const squares = u.reduce((sum, each) => sum + (each - mean) ** 2, 0);
        return {
          value: factor * (mean + c * squares),
          weights: u.map((each) => factor * (1 / n + 2 * c * (each - mean))),
        };
      },
      onTensors: (u) => {
        const n = u.shape[0];
        const mean = u.mean<Tensor1D>(0, true);
        const c = strength / Math.max(1, n - 1);
        const deviations = u.sub<Tensor1D>(mean);
        return {
          values: deviations.square().sum<Tensor1D>(0, true).mul<Tensor1D>(c).add<Tensor1D>(mean).mul(factor),
          weights: deviations
            .mul<Tensor1D>(2 * c)
            .add<Tensor1D>(1 / n)
            .mul(factor),
        };
      },
    }),
  }),
};

interface Rescaling {
  /** The norm that the logits are brought to. */
  readonly norm: number;
  /** Factor on the loss. */
  readonly factor: number;
  /** Leave logits with a smaller norm as they are. */
  readonly onlyAbove: boolean;
}

/**
 * factor CE(z') for z' = norm z / |z|. With e = z / |z| and g the gradient at z', the gradient is
 * (norm / |z|)(g - e (e . g)). All-zero logits are left as they are and have gradient 0 where they would be rescaled.
 */
function rescaledRow(
  row: SoftmaxRow,
  { norm, factor, onlyAbove }: Rescaling,
): { value: number; gradient: Float64Array } {
  const z = Float64Array.from(row.z);
  const size = Math.hypot(...z);
  if (onlyAbove && size <= norm) {
    return { value: factor * row.u, gradient: row.direction.map((d) => factor * d) };
  }
  const e = size === 0 ? z : z.map((each) => each / size);
  const { u, direction } = row.at(e.map((each) => norm * each));
  const along = direction.reduce((sum, d, k) => sum + d * e[k], 0);
  const scale = size === 0 ? 0 : (factor * norm) / size;
  return { value: factor * u, gradient: direction.map((d, k) => scale * (d - e[k] * along)) };
}

/** The same for a batch. */
function rescaledTensors(
  batch: SoftmaxTensors,
  { norm, factor, onlyAbove }: Rescaling,
): { values: Tensor1D; gradients: Tensor2D } {
  const { z } = batch;
  // The largest entry is taken out first, so that squares of logits neither overflow nor vanish.
  const largest = z.abs<Tensor2D>().max<Tensor2D>(1, true).maximum<Tensor2D>(1e-30);
  const size = z
    .div<Tensor2D>(largest)
    .square()
    .sum<Tensor2D>(1, true)
    .sqrt<Tensor2D>()
    .mul<Tensor2D>(largest)
    .maximum<Tensor2D>(1e-30);
  const e = z.div<Tensor2D>(size);
  const rescale = onlyAbove ? size.greater(norm).toFloat() : size.onesLike();
  const kept = rescale.neg().add(1);
  const moved = e.mul<Tensor2D>(norm).mul<Tensor2D>(rescale).add<Tensor2D>(z.mul(kept));
  const { u, direction } = batch.at(moved);
  const along = direction.mul<Tensor2D>(e).sum(1, true);
  const turned = direction.sub<Tensor2D>(e.mul(along)).mul<Tensor2D>(size.pow<Tensor2D>(-1).mul(norm));
  const nonzero = z.abs().max(1, true).greater(0).toFloat();
  return {
    values: u.mul(factor),
    gradients: turned
      .mul<Tensor2D>(rescale)
      .mul<Tensor2D>(nonzero)
      .add<Tensor2D>(direction.mul(kept))
      .mul(factor),
  };
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|); the backend's own softplus gives up small values. */
function softplus(x: Tensor1D): Tensor1D {
  return x.relu<Tensor1D>().add<Tensor1D>(x.abs().neg().exp().log1p());
}
