import { badInput, UserError } from '../errors';
import type { Loss, SoftmaxRow } from './loss';

/** What is made of the losses of a batch. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Logits with their true classes, as plain arrays. */
export interface LabeledLogits {
  /** Number of records. */
  readonly n: number;
  readonly classes: number;
  /** Row-major [n, classes]. */
  readonly logits: ArrayLike<number>;
  /** True classes 0 .. classes - 1, [n]. */
  readonly labels: ArrayLike<number>;
}

/** Losses with their logit gradient. */
export interface ValuesAndGradient {
  /** The losses, [n] with reduction none, else [1]. */
  readonly values: Float64Array;
  /** Row-major [n, classes]: of the reduced loss; with reduction none, each row of that record's own loss. */
  readonly gradient: Float64Array;
}

/**
 * Any loss on logits, in float64 on plain arrays, with its exact gradient. Right for logits up to 1e4 in size.
 *
 * A loss of kind `batch` has one value for the batch; only reduction mean means something for it.
 *
 * @throws UserError for a logit that is not finite, a label out of range, or a batch loss with another reduction
 */
export function lossOnLogits(
  loss: Loss,
  data: LabeledLogits,
  reduction: Reduction = 'mean',
): ValuesAndGradient {
  checkLabeledLogits(data);
  checkReduction(loss, reduction);
  const { n, classes, logits, labels } = data;
  const rows = Array.from({ length: n }, (_, i) =>
    softmaxRow(
      Float64Array.from({ length: classes }, (_unused, k) => logits[i * classes + k]),
      labels[i],
    ),
  );
  const gradient = new Float64Array(n * classes);
  const divisor = reduction === 'mean' ? n : 1;
  if (loss.kind === 'batch') {
    const { value, weights } = loss.onLosses(Float64Array.from(rows, ({ u }) => u));
    rows.forEach(({ direction }, i) =>
      gradient.set(
        direction.map((d) => weights[i] * d),
        i * classes,
      ),
    );
    return { values: Float64Array.of(value), gradient };
  }
  const values = Float64Array.from(rows, (row, i) => {
    const own =
      loss.kind === 'logits'
        ? loss.onRow(row)
        : { value: loss.valueAt(row), gradient: timesWeight(row.direction, loss.weightAt(row)) };
    gradient.set(
      own.gradient.map((g) => g / divisor),
      i * classes,
    );
    return own.value;
  });
  if (reduction === 'none') return { values, gradient };
  return { values: Float64Array.of(values.reduce((sum, value) => sum + value, 0) / divisor), gradient };
}

function timesWeight(direction: Float64Array, weight: number): Float64Array {
  return direction.map((d) => weight * d);
}

/** @throws UserError if a loss of kind batch is asked for anything but its one value */
export function checkReduction(loss: Loss, reduction: Reduction): void {
  if (!['none', 'mean', 'sum'].includes(reduction)) {
    throw badInput('reduction', reduction, 'must be none, mean or sum', 'Choose one of them');
  }
  if (loss.kind === 'batch' && reduction !== 'mean') {
    throw new UserError(
      `${loss.label} is a loss of the whole batch, so reduction ${reduction} means nothing. Use mean, which gives its value.`,
    );
  }
}

/** @throws UserError for wrong lengths, a logit that is not finite, or a label out of range */
export function checkLabeledLogits({ n, classes, logits, labels }: LabeledLogits): void {
  if (!Number.isInteger(classes) || classes < 2) {
    throw badInput('number of classes', classes, 'must be a whole number of at least 2', 'Correct it');
  }
  if (n < 1 || labels.length !== n) {
    throw badInput('number of labels', labels.length, `must be ${n} and at least 1`, 'Give one label a row');
  }
  if (logits.length !== n * classes) {
    throw badInput(
      'number of logits',
      logits.length,
      `must be ${n} x ${classes} = ${n * classes}`,
      'Give one row of logits a label',
    );
  }
  for (let i = 0; i < logits.length; i++) {
    if (Number.isFinite(logits[i])) continue;
    const place = `logit ${i % classes} of record ${Math.floor(i / classes)}`;
    throw badInput(place, logits[i], 'must be a finite number', 'Look for the step that made it');
  }
  for (let i = 0; i < n; i++) {
    if (Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes) continue;
    throw badInput(
      `label of record ${i}`,
      labels[i],
      `must be a whole number in [0, ${classes - 1}]`,
      'Count classes from 0, and check that logits and labels belong together',
    );
  }
}

/**
 * ln softmax, softmax and the true class of one record, in float64. The true class's 1 - p is the sum of the others, and
 * the loss of a top class a log1p of it: right for logits up to 1e4 in size and beyond.
 *
 * @param z logits, [classes]
 * @param label the true class
 */
export function softmaxRow(z: ArrayLike<number>, label: number): SoftmaxRow {
  const classes = z.length;
  let top = 0;
  for (let k = 1; k < classes; k++) if (z[k] > z[top]) top = k;
  let rest = 0;
  for (let k = 0; k < classes; k++) if (k !== top) rest += Math.exp(z[k] - z[top]);
  const logTotal = Math.log1p(rest);
  const logProbabilities = Float64Array.from(z, (each) => each - z[top] - logTotal);
  const probabilities = logProbabilities.map(Math.exp);
  const q = probabilities.reduce((sum, each, k) => (k === label ? sum : sum + each), 0);
  const direction = probabilities.map((each, k) => (k === label ? -q : each));
  return {
    z,
    label,
    logProbabilities,
    probabilities,
    direction,
    p: probabilities[label],
    q,
    u: -logProbabilities[label],
    at: (other) => softmaxRow(other, label),
  };
}
