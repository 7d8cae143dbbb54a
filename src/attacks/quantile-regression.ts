import { z } from 'zod';
import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import { modelRow, populationScaledLogits, scaledLogits } from '../signals/statistics';
import type { AttackNote, AttackScores } from './attack';
import { comparedModels } from './compared-models';
import { defineAttack, option, type Filled } from './define-attack';
import { requiredShadowModels } from './shadow-models';

const shape = {
  nonMembers: option(
    z.enum(['shadow models', 'population']).default('shadow models'),
    'whose non-members the quantile is fitted on: those of shadow models, or population records under the target',
    'Bertran et al. 2023 have the population; shadow models are ours',
  ),
  level: option(
    z.number().gt(0, 'Must be in (0, 1)').lt(1, 'Must be in (0, 1)').default(0.95),
    'the quantile: 1 - level is the false positive rate that the cut aims at',
    'Bertran et al. 2023, who take a grid',
  ),
};

type Options = Filled<typeof shape>;

/**
 * Quantile regression (Bertran et al. 2023, NeurIPS, arXiv:2307.03694): how far the target's scaled logit lies above the
 * quantile that non-members like this record have. Fitted by the pinball loss on non-members that the adversary knows.
 *
 * Small form: where the paper regresses on the record itself with a network, this regresses on what signals hold, the class
 * and, where reference models allow, the record's difficulty: the mean scaled logit of the reference models that were not
 * trained on it (on shadow models: without the shadow model itself). The score is above 0 where the record passes the
 * quantile, which is also the cut.
 */
export const quantileRegression = defineAttack(shape, (options) => {
  const { nonMembers, level } = options;
  const onPopulation = nonMembers === 'population';
  const name = `quantile-regression/${nonMembers.replace(' ', '-')}${level === 0.95 ? '' : `-${level}`}`;
  return {
    name,
    title: `Quantile regression (${nonMembers}, level ${level})`,
    formula: 'phi(x) - q(class, mean phi_m(x) over out-models m), q = pinball fit on non-members',
    reference: 'Bertran et al. 2023, arXiv:2307.03694',
    threatModel: onPopulation
      ? 'The probability of the true class of each record and of records known not to be members; reference models, if there are any, tell how difficult a record is.'
      : 'The probability of the true class of each record; shadow models trained as the target was, of which the adversary knows the members.',
    needs: onPopulation ? ['population'] : ['shadow models'],
    fittedOn: onPopulation ? 'nothing' : 'shadow models',
    cost: {
      queries: onPopulation ? '1 a record and 1 a population record' : '1 a record',
      models: onPopulation ? 'none; better with some' : 'one shadow model; better with several',
    },
    differences:
      'The paper and LeakPro regress on the record with a network; here on class and difficulty, linearly. The score is the ' +
      'distance from one quantile, not a grid of them.',
    scores: (set) => score(set, options, name),
  };
});

interface Observations {
  readonly labels: Int32Array;
  /** Scaled logits of a model that was not trained on the records. */
  readonly y: Float64Array;
  readonly difficulty: Float64Array;
}

function score(set: SignalSet, { nonMembers, level }: Options, name: string): AttackScores {
  const reference = outMeans(set);
  const phi = scaledLogits(set);
  const observed = nonMembers === 'population' ? ofPopulation(set, name) : ofShadows(set, reference, name);
  const covered = reference.counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const useDifficulty = covered * 2 >= set.n && !observed.difficulty.includes(NaN);
  const ofClass = (label: number): QuantileRows => {
    const kept = Uint32Array.from(observed.labels.keys()).filter((i) => observed.labels[i] === label);
    return {
      y: Float64Array.from(kept, (i) => observed.y[i]),
      x: Float64Array.from(kept, (i) => (useDifficulty ? observed.difficulty[i] : 0)),
    };
  };
  const line = quantileFit(
    Array.from({ length: set.classes }, (_, label) => ofClass(label)),
    level,
  );
  const xOf = (i: number): number => (useDifficulty ? reference.sums[i] / reference.counts[i] : 0);
  const global = lowerQuantile(
    observed.y.map((y, i) => y - (useDifficulty ? line.slope * observed.difficulty[i] : 0)),
    level,
  );
  const own = modelRow(phi, set.n, set.target);
  const usable = Uint8Array.from(reference.counts, (count) => (!useDifficulty || count > 0 ? 1 : 0));
  const scores = own.map((value, i) => {
    if (usable[i] === 0) return 0;
    const intercept = line.intercepts[set.labels[i]];
    return value - (Number.isNaN(intercept) ? global : intercept) - line.slope * xOf(i);
  });
  const lacking = Array.from(line.intercepts.keys()).filter((label) => Number.isNaN(line.intercepts[label]));
  const left = usable.filter((flag) => flag === 0).length;
  const notes: AttackNote[] = [
    ...(useDifficulty ? [] : [{ code: 'no-difficulty' } as const]),
    ...(lacking.length === 0
      ? []
      : [{ code: 'shared-by-classes', what: 'quantile', classes: lacking } as const]),
    ...(left === 0
      ? []
      : [{ code: 'unscored', records: left, of: usable.length, lacks: 'out-models' } as const]),
  ];
  return { scores, cuts: new Float64Array(set.n), notes, ...(usable.includes(0) ? { usable } : {}) };
}

/** Sums of the scaled logits of the out-models that each record is compared with, and how many there are. */
interface OutMeans {
  readonly sums: Float64Array;
  readonly counts: Int32Array;
  /** M arrays [n]: 1 = the model is among them. */
  readonly used: readonly Uint8Array[];
}

function outMeans(set: SignalSet): OutMeans {
  const phi = scaledLogits(set);
  const sums = new Float64Array(set.n);
  const counts = new Int32Array(set.n);
  const used = comparedModels(set, 'out-models');
  for (const m of referenceModels(set)) {
    const row = modelRow(phi, set.n, m);
    for (let i = 0; i < set.n; i++) {
      if (used[m][i] === 0) continue;
      sums[i] += row[i];
      counts[i]++;
    }
  }
  return { sums, counts, used };
}

function ofPopulation(set: SignalSet, name: string): Observations {
  const phi = populationScaledLogits(set);
  if (phi === undefined || set.population === undefined) {
    throw badInput('population_logits', undefined, `${name} needs them`, 'Pass records that no model saw');
  }
  const { n: size, labels } = set.population;
  const others = referenceModels(set);
  const difficulty = Float64Array.from({ length: size }, (_, z) => {
    let sum = 0;
    for (const m of others) sum += phi[m * size + z];
    return sum / others.length;
  });
  return { labels, y: modelRow(phi, size, set.target), difficulty };
}

/** Non-members of up to eight shadow models; the difficulty is that of the other reference models. */
function ofShadows(set: SignalSet, { sums, counts, used }: OutMeans, name: string): Observations {
  const shadows = requiredShadowModels(set, `${name} needs one`, 'Pass a model with members and non-members');
  // With one out-model a record nothing is left to tell its difficulty.
  const single = !counts.some((count) => count > 1);
  const phi = scaledLogits(set);
  const parts = shadows.map((m) => {
    const row = modelRow(phi, set.n, m);
    const kept = Uint32Array.from(set.labels.keys()).filter(
      (i) => used[m][i] === 1 && (single || counts[i] > 1),
    );
    return {
      labels: Int32Array.from(kept, (i) => set.labels[i]),
      y: Float64Array.from(kept, (i) => row[i]),
      difficulty: Float64Array.from(kept, (i) => (single ? NaN : (sums[i] - row[i]) / (counts[i] - 1))),
    };
  });
  const all = {
    labels: joined(
      Int32Array,
      parts.map((part) => part.labels),
    ),
    y: joined(
      Float64Array,
      parts.map((part) => part.y),
    ),
    difficulty: joined(
      Float64Array,
      parts.map((part) => part.difficulty),
    ),
  };
  if (all.y.length === 0) {
    throw badInput(
      'the number of records with two out-models',
      0,
      `${name} needs some`,
      'Pass more reference models',
    );
  }
  return all;
}

/** Observations of one class, with one regressor. */
export interface QuantileRows {
  /** [n], the response. */
  readonly y: Float64Array;
  /** [n], the regressor; all zeros leave the quantile of y. */
  readonly x: Float64Array;
}

/** A quantile that is linear in one regressor, with a level for each class: y = intercepts[class] + slope x. */
export interface QuantileLine {
  /** [classes]; NaN for classes without observations. */
  readonly intercepts: Float64Array;
  readonly slope: number;
}

/**
 * Linear quantile regression with an intercept a class and a common slope: the exact minimum of the pinball loss
 * sum_i (level - [r_i < 0]) r_i over residuals r (Koenker and Bassett 1978, Econometrica 46(1)). For a given slope the best
 * intercept is an order statistic of the class's residuals, and what is left is convex and piecewise linear in the slope,
 * so that its subgradient is bisected. O(n log n) a step; the order of the observations plays no part.
 *
 * @param classes observations of each class; some may be empty, not all
 * @param level in (0, 1)
 */
export function quantileFit(classes: readonly QuantileRows[], level: number): QuantileLine {
  const rows = classes.map(canonical);
  const slope = bestSlope(rows, level);
  const intercepts = Float64Array.from(rows, (own) =>
    own.y.length === 0 ? NaN : lowerQuantile(residuals(own, slope), level),
  );
  return { intercepts, slope };
}

/** The smallest value that at least the share `level` of the values does not exceed. Sorts them. */
export function lowerQuantile(values: Float64Array, level: number): number {
  values.sort();
  return values[Math.max(0, Math.ceil(level * values.length) - 1)];
}

/** Observations ordered by regressor and response, so that sums do not depend on how they came. */
function canonical({ x, y }: QuantileRows): QuantileRows {
  const order = Uint32Array.from(x.keys()).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  return { x: Float64Array.from(order, (i) => x[i]), y: Float64Array.from(order, (i) => y[i]) };
}

function residuals({ x, y }: QuantileRows, slope: number): Float64Array {
  const out = new Float64Array(y.length);
  for (let i = 0; i < out.length; i++) out[i] = y[i] - slope * x[i];
  return out;
}

function bestSlope(rows: readonly QuantileRows[], level: number): number {
  const at = (slope: number): number => {
    let sum = 0;
    for (const own of rows) sum += slopeGradient(own, slope, level);
    return sum;
  };
  if (at(0) === 0) return 0;
  let low = -1;
  let high = 1;
  while (at(low) > 0 && low > -1e12) low *= 2;
  while (at(high) < 0 && high < 1e12) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (at(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/**
 * Derivative of the class's least pinball loss by the slope: sum_i w_i x_i with w = 1 - level below the intercept, -level
 * above, and on it what makes the weights add up to 0.
 */
function slopeGradient(own: QuantileRows, slope: number, level: number): number {
  const n = own.y.length;
  if (n === 0) return 0;
  const rest = residuals(own, slope);
  const cut = lowerQuantile(rest.slice(), level);
  let below = 0;
  let above = 0;
  let sumBelow = 0;
  let sumAbove = 0;
  let sumOn = 0;
  for (let i = 0; i < n; i++) {
    // The weights add up to 0, so any origin will do; this one makes equal regressors drop out exactly.
    const x = own.x[i] - own.x[0];
    if (rest[i] < cut) {
      below++;
      sumBelow += x;
    } else if (rest[i] > cut) {
      above++;
      sumAbove += x;
    } else sumOn += x;
  }
  const onCut = (level * above - (1 - level) * below) / (n - below - above);
  return (1 - level) * sumBelow - level * sumAbove + onCut * sumOn;
}
