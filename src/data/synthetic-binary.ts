import { fillNormals } from '../platform/math/normal-stream';
import { randomStream, type RandomStream } from '../platform/math/random';

/** How binary records with classes are generated. */
export interface BinaryRecipe {
  /** Keeps the streams of different sets apart, a whole number from 1. */
  readonly id: number;
  readonly features: number;
  readonly classes: number;
  /** Log-odds of a 1 before anything is added; with the spreads below it sets the density. */
  readonly base: number;
  /** Standard deviation over features of the log-odds that all classes share. */
  readonly featureSpread: number;
  /** Standard deviation over classes of a feature's log-odds: the signal. */
  readonly classSpread: number;
  /** Standard deviation of the logarithm of class weights; 0 = equally likely classes. */
  readonly classImbalance: number;
  /** A record takes a share u of the profile of a second class, u uniform on [0, blend]; 0.5 = up to a tie. */
  readonly blend: number;
  /** Standard deviation of the logarithm of a record's own factor on all its probabilities (busy and quiet people). */
  readonly activity: number;
}

/**
 * Generates binary records: each class has a profile, P(x_j = 1 | class) = sigmoid(base + featureSpread z_j +
 * classSpread z_cj) with independent normal z; a record mixes the profile of its class with a smaller share of another's,
 * scales it by its own activity, and tosses each feature independently. A record depends on seed and number only, so a
 * smaller set is the beginning of a larger one.
 *
 * @returns x [records, features] and y [records]
 */
export function generateBinary(
  recipe: BinaryRecipe,
  records: number,
  seed: number,
): { x: Uint8Array; y: Int32Array } {
  const { id, features } = recipe;
  const profiles = classProfiles(recipe, seed);
  const weights = cumulativeWeights(recipe, seed);
  const x = new Uint8Array(records * features);
  const y = new Int32Array(records);
  for (let record = 0; record < records; record++) {
    const stream = randomStream({
      seed,
      role: 'data',
      purpose: 'synthetic',
      epoch: recordEpoch(id),
      step: record,
    });
    y[record] = drawn(weights, stream.uniform());
    tossRecord(recipe, profiles, y[record], x.subarray(record * features, (record + 1) * features), stream);
  }
  return { x, y };
}

/** Probabilities are kept in 1/65536, so that two features share one random word. */
const one = 65536;
/** Mixing weights and activity in 1/256. */
const unit = 256;

function tossRecord(
  { classes, blend, activity }: BinaryRecipe,
  profiles: readonly Uint16Array[],
  label: number,
  row: Uint8Array,
  stream: RandomStream,
): void {
  // Another class than its own, each equally likely.
  const other = (label + 1 + stream.below(classes - 1)) % classes;
  const share = Math.round(unit * blend * stream.uniform());
  const z = new Float64Array(1);
  fillNormals(z, stream);
  // The mean of the factor is 1, which keeps the density; 16 is far out and keeps products below 2^31.
  const factor = Math.min(
    16 * unit - 1,
    Math.round(unit * Math.exp(activity * z[0] - (activity * activity) / 2)),
  );
  const own = profiles[label];
  const foreign = profiles[other];
  let word = 0;
  for (let j = 0; j < row.length; j++) {
    word = (j & 1) === 0 ? stream.uint32() : word >>> 16;
    const mixed = ((unit - share) * own[j] + share * foreign[j]) >>> 8;
    row[j] = (word & 0xffff) < (mixed * factor) >>> 8 ? 1 : 0;
  }
}

/** P(x_j = 1 | class) in 1/65536, [classes][features]. */
function classProfiles(
  { id, features, classes, base, featureSpread, classSpread }: BinaryRecipe,
  seed: number,
): Uint16Array[] {
  const key = { seed, role: 'data', purpose: 'synthetic', epoch: tableEpoch(id) } as const;
  const shared = new Float64Array(features);
  fillNormals(shared, randomStream({ ...key, step: 0 }));
  const own = new Float64Array(features);
  return Array.from({ length: classes }, (_, label) => {
    fillNormals(own, randomStream({ ...key, step: 1 + label }));
    return Uint16Array.from(own, (z, j) => {
      const logOdds = base + featureSpread * shared[j] + classSpread * z;
      return Math.min(one - 1, Math.round(one / (1 + Math.exp(-logOdds))));
    });
  });
}

function cumulativeWeights({ id, classes, classImbalance }: BinaryRecipe, seed: number): Float64Array {
  const weights = new Float64Array(classes);
  const key = { seed, role: 'data', purpose: 'synthetic', epoch: tableEpoch(id) } as const;
  fillNormals(weights, randomStream({ ...key, step: 1 + classes }));
  return cumulativeShares(weights.map((z) => Math.exp(classImbalance * z)));
}

/** Running sums of weights, divided by their total. */
export function cumulativeShares(weights: Float64Array): Float64Array {
  let sum = 0;
  const sums = weights.map((weight) => (sum += weight));
  return sums.map((value) => value / sum);
}

/** Inverts the distribution: the first class whose cumulative share is above u, a number in [0, 1). */
export function drawn(cumulative: Float64Array, u: number): number {
  let label = 0;
  while (label < cumulative.length - 1 && cumulative[label] <= u) label++;
  return label;
}

function tableEpoch(id: number): number {
  return 2 * id;
}

function recordEpoch(id: number): number {
  return 2 * id + 1;
}
