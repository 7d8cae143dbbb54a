import { lossOfScaledLogit } from '../platform/math/log-space';
import { hingeMargin, scaledLogit } from './log-softmax';
import type { SignalSet } from './signal-set';
import { badInput } from '../errors';

/**
 * Numbers of every model on every record, row-major [M, n], made in one pass over the models (each row of a large file
 * is read once) and kept as long as the set itself lives. This is all that LiRA, RMIA and most attacks need: 8 bytes a
 * model and record, whatever the number of classes.
 */
const kept = new WeakMap<SignalSet, Map<string, Float64Array>>();

function once(set: SignalSet, what: string, make: () => Float64Array): Float64Array {
  const known = kept.get(set) ?? new Map<string, Float64Array>();
  kept.set(set, known);
  const values = known.get(what) ?? make();
  known.set(what, values);
  return values;
}

/** Lets a set with the same models and records use what was counted for another one, e.g. with another target. */
export function shareStatistics(from: SignalSet, to: SignalSet): void {
  const known = kept.get(from) ?? new Map<string, Float64Array>();
  kept.set(from, known);
  kept.set(to, known);
}

/** One model's part of statistics of all models, [n], without a copy. */
export function modelRow(statistics: Float64Array, n: number, model: number): Float64Array {
  return statistics.subarray(model * n, (model + 1) * n);
}

/** Scaled logits phi = ln(p_y / (1 - p_y)) of all models, [M, n], by log-sum-exp (see `scaledLogit`). */
export function scaledLogits(set: SignalSet): Float64Array {
  return once(set, 'phi', () => {
    const out = new Float64Array(set.models * set.n);
    for (let m = 0; m < set.models; m++) out.set(scaledLogit(set.model(m)), m * set.n);
    return out;
  });
}

/** Cross-entropy losses -ln p_y of all models, [M, n], natural logarithm. */
export function crossEntropies(set: SignalSet): Float64Array {
  return once(set, 'loss', () => scaledLogits(set).map(lossOfScaledLogit));
}

/** Margins z_y - max_{k != y} z_k of all models, [M, n] (see `hingeMargin`). */
export function hingeMargins(set: SignalSet): Float64Array {
  return once(set, 'margin', () => {
    const out = new Float64Array(set.models * set.n);
    for (let m = 0; m < set.models; m++) out.set(hingeMargin(set.model(m)), m * set.n);
    return out;
  });
}

/** True-class probabilities p_y of all models, [M, n]; exactly 1 where the loss is below 1.1e-16. */
export function trueClassProbabilities(set: SignalSet): Float64Array {
  return once(set, 'p', () => crossEntropies(set).map((loss) => Math.exp(-loss)));
}

/** Scaled logits on the altered copies, [M, n, A]; undefined where the set has none. */
export function augmentedScaledLogits(set: SignalSet): Float64Array | undefined {
  return onCopies(set, 'augmented phi', scaledLogit);
}

/** Margins (see `hingeMargin`) on the altered copies, [M, n, A]; undefined where the set has none. */
export function augmentedHingeMargins(set: SignalSet): Float64Array | undefined {
  return onCopies(set, 'augmented margin', hingeMargin);
}

function onCopies(set: SignalSet, what: string, statistic: typeof scaledLogit): Float64Array | undefined {
  const { augmented, classes, models } = set;
  if (augmented === undefined) return undefined;
  const n = set.n * augmented.copies;
  return once(set, what, () => {
    const labels = Int32Array.from({ length: n }, (_, i) => set.labels[Math.floor(i / augmented.copies)]);
    const out = new Float64Array(models * n);
    for (let m = 0; m < models; m++) {
      out.set(statistic({ n, classes, logits: augmented.model(m), labels }), m * n);
    }
    return out;
  });
}

/** Scaled logits of all models on the population records, [M, Z]; undefined where the set has none. */
export function populationScaledLogits(set: SignalSet): Float64Array | undefined {
  const { population, classes, models } = set;
  if (population === undefined) return undefined;
  const { n, labels } = population;
  return once(set, 'population phi', () => {
    const out = new Float64Array(models * n);
    for (let m = 0; m < models; m++) {
      out.set(scaledLogit({ n, classes, logits: population.model(m), labels }), m * n);
    }
    return out;
  });
}

/**
 * The same models and records with another model as the target; what was counted for all models (`statistics.ts`) is
 * kept. Gradient norms and the trajectory are left out, since they are those of the first target.
 *
 * @param target in 0 .. models-1
 * @throws UserError for a target outside that range
 */
export function withTarget(set: SignalSet, target: number): SignalSet {
  if (!Number.isInteger(target) || target < 0 || target >= set.models) {
    throw badInput('target', target, `must be in 0 .. ${set.models - 1}`, 'Count models from 0');
  }
  if (target === set.target) return set;
  const other: { -readonly [Key in keyof SignalSet]: SignalSet[Key] } = { ...set, target };
  delete other.gradientNorms;
  delete other.trajectory;
  shareStatistics(set, other);
  return other;
}
