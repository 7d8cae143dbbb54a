import type { Tensor1D } from '../platform/backend/tensor';
import { ceForms } from './ce';
import { celForms } from './cel';
import { concaveTaylorForms } from './cql';
import { defineLoss } from './define-loss';
import { alpha, numberIn, terms } from './parameters';
import { convexConcaveSum, scaled, weightedSum, type LossForms } from './probability-loss';

/** The offset in the logarithm. */
const logGamma = numberIn('(0, Infinity)', 1, 'offset in the logarithm');

/** The exponent; below 1 the power is strictly concave. */
const powerGamma = numberIn('(0, 1)', 0.5, 'exponent');

/** The offset under the power. */
const powerTau = numberIn('(0, Infinity)', 0.5, 'offset under the power');

/** 2 (1 - p). */
const maeForms: LossForms = {
  value: ({ q }) => 2 * q,
  slope: () => -2,
  curvature: () => 0,
  weight: ({ p }) => 2 * p,
  weightSlope: () => 2,
  values: ({ q }) => q.mul(2),
  weights: ({ p }) => p.mul(2),
};

/**
 * Losses of p_y that are here to be compared on paper: forms of the authors' development code, and the losses of others
 * for noisy labels. Their formulas follow below the table.
 */
export const table = {
  /** CCEL with a factor in the exponent: f(p) = beta (-alpha ln p - (1 - alpha) e^(scale p)). With two free weights a and b, as the development code has it, it is alpha = a / (a + b), beta = a + b. */
  'ccl-exp': defineLoss({
    kind: 'p',
    name: 'ccl-exp',
    label: 'CCL exp',
    title: 'CCEL with exponent scale',
    formula: 'f(p) = -alpha ln p - (1 - alpha) e^(scale p)',
    reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_exp_one, concave_exp)',
    parameters: { alpha, scale: numberIn('(0, 50]', 2, 'factor in the exponent; 1 is CCEL') },
    forms: ({ beta, alpha: a, scale }) => scaled(beta, convexConcaveSum(a, ceForms(1), celForms(scale))),
  }),

  /** CE with the Taylor form of CEL of any order: f(p) = beta (-alpha ln p - (1 - alpha) sum_{k=1..terms} p^k / k!). Two terms are CCQL; many tend to CCEL + (1 - alpha). */
  'ccl-taylor': defineLoss({
    kind: 'p',
    name: 'ccl-taylor',
    label: 'CCL Taylor',
    title: 'Convex-concave Taylor loss of order n',
    formula: 'f(p) = -alpha ln p - (1 - alpha) sum_{k=1..terms} p^k / k!',
    reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_taylor_n)',
    parameters: { alpha, terms: terms(3) },
    forms: ({ beta, alpha: a, terms: n }) =>
      scaled(beta, convexConcaveSum(a, ceForms(1), concaveTaylorForms(n))),
  }),

  /** CE with the concave logarithm: f(p) = beta (-alpha ln p + (1 - alpha) ln(1 + gamma - p)). */
  'ccl-log': defineLoss({
    kind: 'p',
    name: 'ccl-log',
    label: 'CCL log',
    title: 'Convex-concave logarithmic loss',
    formula: 'f(p) = -alpha ln p + (1 - alpha) ln(1 + gamma - p)',
    reference:
      'development code of the first author (zhenlong-liu/MLHospital, concave_log), with the sign that makes the second part decrease',
    parameters: { alpha, gamma: logGamma },
    forms: ({ beta, alpha: a, gamma }) =>
      scaled(beta, convexConcaveSum(a, ceForms(1), concaveLogForms(gamma))),
  }),

  /** The logarithmic form with the sign of the development code: f(p) = beta (-alpha ln p - (1 - alpha) ln(1 + gamma - p)). The second part is convex and rises with p: it pushes the confidence down. */
  'ccl-log-as-coded': defineLoss({
    kind: 'p',
    name: 'ccl-log-as-coded',
    label: 'Log form as coded',
    title: 'Logarithmic form as coded (sign reversed)',
    formula: 'f(p) = -alpha ln p - (1 - alpha) ln(1 + gamma - p)',
    reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_log)',
    parameters: { alpha, gamma: logGamma },
    forms: ({ beta, alpha: a, gamma }) =>
      scaled(
        beta,
        weightedSum([
          [a, ceForms(1)],
          [a - 1, concaveLogForms(gamma)],
        ]),
      ),
  }),

  /** CE with the concave power: f(p) = beta (-alpha ln p + (1 - alpha)(1 + tau - p)^gamma), gamma < 1. */
  'ccl-power': defineLoss({
    kind: 'p',
    name: 'ccl-power',
    label: 'CCL power',
    title: 'Convex-concave power loss',
    formula: 'f(p) = -alpha ln p + (1 - alpha)(1 + tau - p)^gamma',
    reference:
      'development code of the first author (zhenlong-liu/MLHospital, concave_loss), with the sign that makes the second part decrease',
    parameters: { alpha, gamma: powerGamma, tau: powerTau },
    forms: ({ beta, alpha: a, gamma, tau }) =>
      scaled(beta, convexConcaveSum(a, ceForms(1), powerForms(gamma, tau))),
  }),

  /** The power form with the sign of the development code: f(p) = beta (-alpha ln p - (1 - alpha)(1 + tau - p)^gamma), any gamma > 0 (there 1, tau 0.5). The second part rises with p: it pushes the confidence down. */
  'ccl-power-as-coded': defineLoss({
    kind: 'p',
    name: 'ccl-power-as-coded',
    label: 'Power form as coded',
    title: 'Power form as coded (sign reversed)',
    formula: 'f(p) = -alpha ln p - (1 - alpha)(1 + tau - p)^gamma',
    reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_loss)',
    parameters: { alpha, gamma: numberIn('(0, 50]', 1, 'exponent'), tau: powerTau },
    forms: ({ beta, alpha: a, gamma, tau }) =>
      scaled(
        beta,
        weightedSum([
          [a, ceForms(1)],
          [a - 1, powerForms(gamma, tau)],
        ]),
      ),
  }),

  /** Taylor form of the concave exponential: f(p) = -beta sum_{k=1..terms} p^k / k!, without the constant 1. One term is linear, two are CQL; many tend to 1 - e^p. */
  'concave-taylor': defineLoss({
    kind: 'p',
    name: 'concave-taylor',
    label: 'Concave Taylor',
    title: 'Concave Taylor form of order n',
    formula: 'f(p) = -sum_{k=1..terms} p^k / k!',
    reference: 'concave part of concave_taylor_n in the development code (zhenlong-liu/MLHospital)',
    parameters: { terms: terms(3) },
    forms: ({ beta, terms: n }) => scaled(beta, concaveTaylorForms(n)),
  }),

  /** Concave logarithm: f(p) = beta ln(1 + gamma - p), w(p) = beta p / (1 + gamma - p). gamma keeps the slope at p = 1 finite: -1 / gamma. */
  'concave-log': defineLoss({
    kind: 'p',
    name: 'concave-log',
    label: 'Concave log',
    title: 'Concave logarithm',
    formula: 'f(p) = ln(1 + gamma - p)',
    reference:
      'concave part of concave_log in the development code (zhenlong-liu/MLHospital), with the sign that makes it decrease',
    parameters: { gamma: logGamma },
    forms: ({ beta, gamma }) => scaled(beta, concaveLogForms(gamma)),
  }),

  /** Concave power: f(p) = beta (1 + tau - p)^gamma with gamma < 1, w(p) = beta gamma p (1 + tau - p)^(gamma - 1). tau keeps the slope at p = 1 finite. */
  'concave-power': defineLoss({
    kind: 'p',
    name: 'concave-power',
    label: 'Concave power',
    title: 'Concave power',
    formula: 'f(p) = (1 + tau - p)^gamma',
    reference:
      'concave part of concave_loss in the development code (zhenlong-liu/MLHospital), with the sign that makes it decrease',
    parameters: { gamma: powerGamma, tau: powerTau },
    forms: ({ beta, gamma, tau }) => scaled(beta, powerForms(gamma, tau)),
  }),

  /** The author's earlier Taylor form, in which each step multiplies what stands by alpha: start with alpha u, then twice f <- alpha f - (1 - alpha) p^k. Without factorials: f(p) = beta (-alpha^3 ln p - (1 - alpha)(alpha p + p^2)). */
  'recursive-taylor': defineLoss({
    kind: 'p',
    name: 'recursive-taylor',
    label: 'Recursive Taylor',
    title: 'Recursive Taylor form (earlier code)',
    formula: 'f(p) = -alpha^3 ln p - (1 - alpha)(alpha p + p^2)',
    reference:
      'development code (zhenlong-liu/MLHospital, concave_taylor), superseded there by concave_taylor_n',
    parameters: { alpha },
    forms: ({ beta, alpha: a }) =>
      scaled(
        beta,
        weightedSum([
          [a ** 3, ceForms(1)],
          [1 - a, powersForms(a, 1)],
        ]),
      ),
  }),

  /** The author's earlier quadratic form, in which alpha is the share of the concave part: f(p) = beta (-(1 - alpha) ln p - alpha p^2), w(p) = beta (1 - alpha + 2 alpha p^2). */
  'swapped-alpha-quadratic': defineLoss({
    kind: 'p',
    name: 'swapped-alpha-quadratic',
    label: 'Swapped-alpha quadratic',
    title: 'Quadratic form with alpha swapped (earlier code)',
    formula: 'f(p) = -(1 - alpha) ln p - alpha p^2',
    reference: 'development code (zhenlong-liu/MLHospital, concave_qua)',
    parameters: { alpha: numberIn('[0, 1]', 0.5, 'share of the concave part') },
    forms: ({ beta, alpha: a }) =>
      scaled(
        beta,
        weightedSum([
          [1 - a, ceForms(1)],
          [a, powersForms(0, 1)],
        ]),
      ),
  }),

  /** Generalized cross-entropy: f(p) = beta (1 - p^q) / q, w(p) = beta p^q. Between CE (q to 0) and 1 - p (q = 1). */
  gce: defineLoss({
    kind: 'p',
    name: 'gce',
    label: 'GCE',
    title: 'Generalized cross-entropy (GCE)',
    formula: 'f(p) = (1 - p^q) / q',
    reference: 'Zhang and Sabuncu, NeurIPS 2018, arXiv:1805.07836',
    parameters: { q: numberIn('(0, 1]', 0.7, 'exponent; 0.7 in the paper') },
    forms: ({ beta, q }) => scaled(beta, gceForms(q)),
  }),

  /** Symmetric cross-entropy: f(p) = beta (a (-ln p) + b (-A)(1 - p)); its reverse part, with ln 0 := A, is a scaled MAE. w(p) = beta (a - b A p). The smoothing of the true labels to 1e-4 in some codes is left out of the CE part. */
  sce: defineLoss({
    kind: 'p',
    name: 'sce',
    label: 'SCE',
    title: 'Symmetric cross-entropy (SCE)',
    formula: 'f(p) = -a ln p - b A (1 - p), A = logZero',
    reference: 'Wang et al., ICCV 2019, arXiv:1908.06112',
    parameters: {
      a: numberIn('[0, Infinity)', 0.1, 'weight of cross-entropy (alpha in the paper)'),
      b: numberIn('[0, Infinity)', 1, 'weight of reverse cross-entropy (beta in the paper)'),
      logZero: numberIn('[-1000, 0)', Math.log(1e-4), 'A, what stands for ln 0'),
    },
    forms: ({ beta, a, b, logZero }) =>
      scaled(
        beta,
        weightedSum([
          [a, ceForms(1)],
          [(-b * logZero) / 2, maeForms],
        ]),
      ),
  }),

  /** Mean absolute error of the probabilities: f(p) = beta sum_k |p_k - [k = y]| = 2 beta (1 - p), w(p) = 2 beta p. (The development code multiplies by its factor 2 twice.) */
  mae: defineLoss({
    kind: 'p',
    name: 'mae',
    label: 'MAE',
    title: 'Mean absolute error (MAE)',
    formula: 'f(p) = 2 (1 - p)',
    reference: 'Ghosh et al., AAAI 2017, arXiv:1712.09482',
    parameters: {},
    forms: ({ beta }) => scaled(beta, maeForms),
  }),

  /** Taylor cross-entropy: the series of -ln p at p = 1 cut after some terms, f(p) = beta sum_{k=1..terms} (1 - p)^k / k, w(p) = beta (1 - (1 - p)^terms). One term is MAE / 2; many tend to CE. */
  'taylor-ce': defineLoss({
    kind: 'p',
    name: 'taylor-ce',
    label: 'Taylor CE',
    title: 'Taylor cross-entropy',
    formula: 'f(p) = sum_{k=1..terms} (1 - p)^k / k',
    reference: 'Feng et al., IJCAI 2020, doi:10.24963/ijcai.2020/305',
    parameters: { terms: terms(2) },
    forms: ({ beta, terms: n }) => scaled(beta, taylorCeForms(n)),
  }),

  /** Partially Huberized cross-entropy: f(p) = beta (-ln p) where p > 1 / tau, else the tangent beta (1 + ln tau - tau p). w(p) = beta min(1, tau p). */
  phuber: defineLoss({
    kind: 'p',
    name: 'phuber',
    label: 'PHuber',
    title: 'Partially Huberized CE (PHuber)',
    formula: 'f(p) = -ln p if p > 1 / tau, else 1 + ln tau - tau p',
    reference: 'Menon et al., ICLR 2020 (Can gradient clipping mitigate label noise?)',
    parameters: {
      tau: numberIn('(1, Infinity)', 10, 'steepest slope in p; 10 in the development code for CIFAR-10'),
    },
    forms: ({ beta, tau }) => scaled(beta, phuberForms(tau)),
  }),
};

/** ln(1 - p + gamma). */
function concaveLogForms(gamma: number): LossForms {
  return {
    value: ({ q }) => Math.log(q + gamma),
    slope: ({ q }) => -1 / (q + gamma),
    curvature: ({ q }) => -1 / (q + gamma) ** 2,
    weight: ({ p, q }) => p / (q + gamma),
    weightSlope: ({ q }) => (1 + gamma) / (q + gamma) ** 2,
    values: ({ q }) => q.add<Tensor1D>(gamma).log(),
    weights: ({ p, q }) => p.div(q.add(gamma)),
  };
}

/** (1 - p + tau)^g; concave and decreasing for 0 < g <= 1. */
function powerForms(g: number, tau: number): LossForms {
  return {
    value: ({ q }) => (q + tau) ** g,
    slope: ({ q }) => -g * (q + tau) ** (g - 1),
    curvature: ({ q }) => g * (g - 1) * (q + tau) ** (g - 2),
    weight: ({ p, q }) => g * p * (q + tau) ** (g - 1),
    weightSlope: ({ p, q }) => g * (q + tau) ** (g - 2) * (q + tau + (1 - g) * p),
    values: ({ q }) => q.add(tau).pow(g),
    weights: ({ p, q }) =>
      q
        .add(tau)
        .pow(g - 1)
        .mul(p)
        .mul(g),
  };
}

/** -(a p + b p^2). */
function powersForms(a: number, b: number): LossForms {
  return {
    value: ({ p }) => -(a * p + b * p * p),
    slope: ({ p }) => -(a + 2 * b * p),
    curvature: () => -2 * b,
    weight: ({ p }) => p * (a + 2 * b * p),
    weightSlope: ({ p }) => a + 4 * b * p,
    values: ({ p }) => p.mul<Tensor1D>(b).add<Tensor1D>(a).mul<Tensor1D>(p).neg(),
    weights: ({ p }) =>
      p
        .mul(2 * b)
        .add(a)
        .mul(p),
  };
}

/** (1 - p^k) / k = -expm1(-k u) / k. */
function gceForms(k: number): LossForms {
  return {
    value: ({ u }) => -Math.expm1(-k * u) / k,
    slope: ({ p }) => -(p ** (k - 1)),
    curvature: ({ p }) => (k === 1 ? 0 : (1 - k) * p ** (k - 2)),
    weight: ({ u }) => Math.exp(-k * u),
    weightSlope: ({ p }) => k * p ** (k - 1),
    values: ({ u }) =>
      u
        .mul<Tensor1D>(-k)
        .expm1<Tensor1D>()
        .mul(-1 / k),
    weights: ({ u }) => u.mul<Tensor1D>(-k).exp(),
  };
}

/** q + q^2 / 2 + ... + q^n / n. */
function taylorCeForms(n: number): LossForms {
  return {
    value: ({ q }) => polynomial(q, n, (k) => (k === 0 ? 0 : 1 / k)),
    slope: ({ q }) => -polynomial(q, n - 1, () => 1),
    curvature: ({ q }) => polynomial(q, n - 2, (k) => k + 1),
    weight: ({ p, q }) => p * polynomial(q, n - 1, () => 1),
    weightSlope: ({ q }) => n * q ** (n - 1),
    values: ({ q }) => tensorPolynomial(q, n, (k) => (k === 0 ? 0 : 1 / k)),
    weights: ({ p, q }) => tensorPolynomial(q, n - 1, () => 1).mul(p),
  };
}

/** sum_{k=0..degree} c(k) x^k by Horner's rule; 0 for a negative degree. */
function polynomial(x: number, degree: number, c: (k: number) => number): number {
  let sum = 0;
  for (let k = degree; k >= 0; k--) sum = sum * x + c(k);
  return sum;
}

function tensorPolynomial(x: Tensor1D, degree: number, c: (k: number) => number): Tensor1D {
  let sum = x.zerosLike<Tensor1D>();
  for (let k = degree; k >= 0; k--) sum = sum.mul<Tensor1D>(x).add(c(k));
  return sum;
}

/** With h = max(0, 1 - tau p), the distance below the threshold: -ln max(p, 1 / tau) + h. */
function phuberForms(tau: number): LossForms {
  return {
    value: ({ p, u }) => (p > 1 / tau ? u : 1 + Math.log(tau) - tau * p),
    slope: ({ p }) => (p > 1 / tau ? -1 / p : -tau),
    curvature: ({ p }) => (p > 1 / tau ? 1 / (p * p) : 0),
    weight: ({ p }) => Math.min(1, tau * p),
    weightSlope: ({ p }) => (p > 1 / tau ? 0 : tau),
    values: ({ p, u }) =>
      u.minimum<Tensor1D>(Math.log(tau)).add(p.mul<Tensor1D>(-tau).add<Tensor1D>(1).relu()),
    weights: ({ p }) => p.mul<Tensor1D>(tau).minimum(1),
  };
}
