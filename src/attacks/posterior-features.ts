import { z } from 'zod';
import { logSoftmax, scaledLogit, topClass } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { FeatureRows } from './feature-rows';

/** What an attacker that learns from outputs is shown of a record. */
export const posteriorFeatureShape = {
  /**
   * `log-probabilities` tell confident records apart; `probabilities` is the literature's form (and the official code's),
   * where records tie near 1; `logits` is RelaxLoss's.
   */
  outputs: z.enum(['log-probabilities', 'probabilities', 'logits']).default('log-probabilities'),
  /** Whether a record's outputs are put into descending order, which hides which class is which. */
  sorted: z.boolean().default(true),
  /** Only the largest so many outputs of a record, if sorted. */
  top: z.number().int('Must be a whole number').min(1, 'Must be at least 1').max(1000).default(10),
  /** `true-class` adds ln(p_y / (1 - p_y)) and whether the record is classified rightly; `one-hot` one feature a class. */
  label: z.enum(['none', 'true-class', 'one-hot']).default('true-class'),
};

type Outputs = z.objectOutputType<typeof posteriorFeatureShape, z.ZodTypeAny>;
export type PosteriorFeatures = Pick<Outputs, keyof typeof posteriorFeatureShape>;

/** Features of records, row-major [n, width]: the outputs first, then what the label adds. */
export function posteriorFeatures(signals: ModelSignals, options: PosteriorFeatures): FeatureRows {
  const { n, classes, logits, labels } = signals;
  const { outputs, sorted, label } = options;
  const kept = sorted ? Math.min(options.top, classes) : classes;
  const width = kept + (label === 'none' ? 0 : label === 'one-hot' ? classes : 2);
  const values = new Float64Array(n * width);
  const all = outputs === 'logits' ? logits : logSoftmax(signals);
  const phi = label === 'true-class' ? scaledLogit(signals) : undefined;
  for (let i = 0; i < n; i++) {
    const own = Float64Array.from(all.subarray(i * classes, (i + 1) * classes));
    if (outputs === 'probabilities') for (let k = 0; k < classes; k++) own[k] = Math.exp(own[k]);
    if (sorted) own.sort().reverse();
    values.set(own.subarray(0, kept), i * width);
    if (label === 'one-hot') values[i * width + kept + labels[i]] = 1;
    if (phi !== undefined) {
      values[i * width + kept] = phi[i];
      values[i * width + kept + 1] = topClass(logits, i * classes, classes) === labels[i] ? 1 : 0;
    }
  }
  return { n, width, values };
}

/** E.g. `sorted-true-class`; what differs from the defaults is appended. */
export function featureName({ outputs, sorted, top, label }: PosteriorFeatures): string {
  return [
    sorted ? 'sorted' : 'unsorted',
    ...(sorted && top !== 10 ? [`top-${top}`] : []),
    ...(label === 'none' ? [] : [label]),
    ...(outputs === 'log-probabilities' ? [] : [outputs]),
  ].join('-');
}

/** The features in words, for titles and formulas. */
export function featureWords({ outputs, sorted, top, label }: PosteriorFeatures): string {
  return [
    sorted ? `the ${top} largest ${outputs} in descending order` : `${outputs} of all classes`,
    ...(label === 'true-class'
      ? ['phi = ln(p_y / (1 - p_y)), correctness']
      : label === 'one-hot'
        ? ['the label as one feature a class']
        : []),
  ].join(', ');
}
