import {
  ceLosses,
  correct,
  hingeMargin,
  logSoftmax,
  maxConfidence,
  scaledLogit,
  topClass,
  trueClassProbability,
} from '../signals/log-softmax';
import { orderFreeSum } from '../platform/math/order-free-sum';
import type { ModelSignals } from '../signals/signal-set';
import type { OutputStatement } from './define-attack';

const outputsAndShadow =
  'One query per record returns the probabilities of all classes; the true label is known; one shadow model, trained ' +
  "with the target's own loss, defense and settings on other records of the same population, sets the cuts.";

/** Attacks that look at nothing but the outputs of one model, by name: a score a record, higher = member. */
export const outputScores = {
  /**
   * The gap attack: a record that is classified rightly is called a member. Its advantage is train minus test accuracy.
   * The cut is part of the definition, so no shadow model sets it.
   */
  correctness: {
    name: 'correctness',
    title: 'Correctness (gap)',
    formula: '1 if argmax_k p_k = y (the first of several largest), else 0; member if 1',
    reference: 'Yeom et al. 2018, arXiv:1709.01604; Leino and Fredrikson 2020, arXiv:1906.11798',
    threatModel:
      'One query per record returns the predicted class; the true label is known; no shadow model.',
    cut: 1,
    score: (signals: ModelSignals) => Float64Array.from(correct(signals)),
  },
  /**
   * Members have a higher probability of the true class (not of the most likely class, which is another attack). The same
   * ranking as the loss attack, except that p_y is exactly 1 in float64 from phi = 36.7 on, where records tie; the loss
   * attack tells them apart up to phi = 745.
   */
  confidence: {
    name: 'confidence',
    title: 'Confidence',
    formula: 'p_y',
    reference: 'Salem et al. 2019, arXiv:1806.01246; Song and Mittal 2021, arXiv:2003.10595',
    onTrueClass: true,
    threatModel: outputsAndShadow,
    score: trueClassProbability,
  },
  /** The largest probability, whatever the true class: what the official code calls confidence. */
  'max-confidence': {
    name: 'max-confidence',
    title: 'Largest probability',
    formula: 'max_k ln p_k',
    reference: 'Salem et al. 2019, arXiv:1806.01246; the official code of CCL calls it confidence',
    withoutLabels: true,
    threatModel: outputsAndShadow.replace('the true label is known; ', ''),
    score: maxConfidence,
  },
  /** Members get more certain predictions. The label plays no part in the score, only in the choice of the cut. */
  entropy: {
    name: 'entropy',
    title: 'Entropy',
    formula: 'sum_k p_k ln p_k',
    reference: 'Salem et al. 2019, arXiv:1806.01246; Song and Mittal 2021, arXiv:2003.10595',
    withoutLabels: true,
    threatModel: outputsAndShadow,
    score(signals: ModelSignals): Float64Array {
      const { n, classes } = signals;
      const logP = logSoftmax(signals);
      // p ln p -> 0 with p; ln p is finite, so an underflow of p gives 0 and not NaN.
      const terms = logP.map((value) => Math.exp(value) * value);
      return Float64Array.from({ length: n }, (_, row) =>
        orderFreeSum(terms.subarray(row * classes, (row + 1) * classes)),
      );
    },
  },
  /** Entropy that knows the label: certainty counts for membership only where it is right. */
  'modified-entropy': {
    name: 'modified-entropy',
    title: 'Modified entropy',
    formula: '(1 - p_y) ln p_y + sum_{k != y} p_k ln(1 - p_k)',
    reference: 'Song and Mittal 2021, arXiv:2003.10595',
    threatModel: outputsAndShadow,
    score({ n, classes, logits, labels }: ModelSignals): Float64Array {
      const terms = new Float64Array(classes);
      return Float64Array.from({ length: n }, (_, row) => scoreOf(logits, row * classes, labels[row], terms));
    },
  },
  /** Members have lower cross-entropy loss, whatever loss the model was trained with. */
  loss: {
    name: 'loss',
    title: 'Loss',
    formula: 'ln p_y',
    reference:
      'Yeom et al. 2018, arXiv:1709.01604 (cuts per class on a shadow model: Song and Mittal 2021, arXiv:2003.10595)',
    onTrueClass: true,
    threatModel: outputsAndShadow,
    score: (signals: ModelSignals) => ceLosses(signals).map((loss) => -loss),
  },
  /** The scaled logit as a score: the same ranking as the loss, without ties at p_y = 1. */
  'scaled-logit': {
    name: 'scaled-logit',
    title: 'Scaled logit',
    formula: 'ln(p_y / (1 - p_y))',
    reference: 'Carlini et al. 2022, arXiv:2112.03570, section VI',
    onTrueClass: true,
    threatModel: outputsAndShadow,
    score: scaledLogit,
  },
  /** The margin of the true class over the best other one, in logits. */
  hinge: {
    name: 'hinge',
    title: 'Hinge score',
    formula: 'z_y - max_{k != y} z_k',
    reference: 'Carlini et al. 2022, arXiv:2112.03570, appendix (hinge loss as the statistic)',
    threatModel: outputsAndShadow,
    score: hingeMargin,
  },
} as const satisfies Record<string, OutputStatement>;

/**
 * Only the top class can have p close to 1; its 1 - p is the sum of the others and its ln(1 - p) their log-sum-exp, which
 * stays finite where 1 - p underflows. All other classes have p <= 1/2, where log1p(-p) is exact enough.
 *
 * @param terms room for the terms of all classes, [classes]
 */
function scoreOf(
  logits: Float32Array | Float64Array,
  start: number,
  label: number,
  terms: Float64Array,
): number {
  const classes = terms.length;
  const first = topClass(logits, start, classes);
  // Of several largest outputs the label's, so that the order of the classes plays no part.
  const top = logits[start + label] === logits[start + first] ? label : first;
  let runnerUp = -Infinity;
  for (let k = 0; k < classes; k++)
    if (k !== top && logits[start + k] > runnerUp) runnerUp = logits[start + k];
  for (let k = 0; k < classes; k++) terms[k] = k === top ? 0 : Math.exp(logits[start + k] - runnerUp);
  // ln of (1 - p_top) / p_top, and -ln p_top.
  const logOdds = runnerUp - logits[start + top] + Math.log(orderFreeSum(terms));
  const normalizer = logOdds > 0 ? logOdds + Math.log1p(Math.exp(-logOdds)) : Math.log1p(Math.exp(logOdds));

  const logPOf = (k: number): number => logits[start + k] - logits[start + top] - normalizer;
  const logRestOf = (k: number): number =>
    k === top ? logOdds - normalizer : Math.log1p(-Math.exp(logPOf(k)));
  for (let k = 0; k < classes; k++)
    terms[k] = k === top || k === label ? 0 : Math.exp(logPOf(k)) * logRestOf(k);
  const others = orderFreeSum(terms);
  const ofLabel = Math.exp(logRestOf(label)) * logPOf(label);
  return top === label ? others + ofLabel : others + ofLabel + Math.exp(logPOf(top)) * logRestOf(top);
}
