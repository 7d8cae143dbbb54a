import { scaledLogit, topClass } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import { entropyAttack } from './entropy';
import { modifiedEntropyAttack } from './modified-entropy';

/** What outputs say of a record, in natural logarithms, [n] each. */
export interface OutputQuantities {
  /** ln(p_y / (1 - p_y)). */
  readonly scaledLogit: Float64Array;
  /** -sum p ln p; opposite in sign to the attack's score. */
  readonly entropy: Float64Array;
  /** -(1 - p_y) ln p_y - sum_{k != y} p_k ln(1 - p_k); opposite in sign to the attack's score. */
  readonly modifiedEntropy: Float64Array;
}

/** Below this, the sum of the other classes has lost digits, and the slower forms are used. */
const leastRest = 1e-290;
/** Below this, three terms of the series of ln(1 - p) have full precision. */
const smallP = 1e-5;

/**
 * Scaled logit and entropies with one exponential a logit: as `scaledLogit`, `entropyAttack` and `modifiedEntropyAttack`
 * have them, to rounding, at a third of their cost. For recording, which must not slow training.
 */
export function outputQuantities(signals: ModelSignals): OutputQuantities {
  const { n, classes, logits, labels } = signals;
  const result = {
    scaledLogit: new Float64Array(n),
    entropy: new Float64Array(n),
    modifiedEntropy: new Float64Array(n),
  };
  const powers = new Float64Array(classes);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const top = topClass(logits, start, classes);
    const label = labels[row];
    let others = 0;
    let rest = 0;
    for (let k = 0; k < classes; k++) {
      const power = k === top ? 1 : Math.exp(logits[start + k] - logits[start + top]);
      powers[k] = power;
      if (k !== top) rest += power;
      if (k !== label) others += power;
    }
    if (rest < leastRest || others < leastRest) exactRow(signals, row, result);
    else fillRow({ logits, start, top, label, powers, rest, others }, row, result);
  }
  return result;
}

interface Row {
  readonly logits: ModelSignals['logits'];
  readonly start: number;
  readonly top: number;
  readonly label: number;
  /** exp(z_k - z_top), [classes]. */
  readonly powers: Float64Array;
  /** Their sum without the top class, and without the true class. */
  readonly rest: number;
  readonly others: number;
}

function fillRow(
  { logits, start, top, label, powers, rest, others }: Row,
  row: number,
  result: OutputQuantities,
): void {
  const highest = logits[start + top];
  const total = 1 + rest;
  const logTotal = Math.log1p(rest);
  let distances = 0;
  let modified = 0;
  for (let k = 0; k < powers.length; k++) {
    distances += powers[k] * (highest - logits[start + k]);
    if (k === label || k === top) continue;
    const p = powers[k] / total;
    modified += p < smallP ? p * p * (1 + p * (0.5 + p / 3)) : -p * Math.log1p(-p);
  }
  if (top !== label) modified -= (Math.log(rest) - logTotal) / total;
  const logP = logits[start + label] - highest - logTotal;
  result.scaledLogit[row] = logits[start + label] - highest - Math.log(others);
  result.entropy[row] = logTotal + distances / total;
  result.modifiedEntropy[row] = modified - (others / total) * logP;
}

function exactRow({ classes, logits, labels }: ModelSignals, row: number, result: OutputQuantities): void {
  const one = {
    n: 1,
    classes,
    logits: logits.slice(row * classes, (row + 1) * classes),
    labels: labels.slice(row, row + 1),
    members: Uint8Array.of(1),
  };
  [result.scaledLogit[row]] = scaledLogit(one);
  result.entropy[row] = 0 - entropyAttack.score(one)[0];
  result.modifiedEntropy[row] = 0 - modifiedEntropyAttack.score(one)[0];
}
