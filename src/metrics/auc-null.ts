import { badInput } from '../errors';
import {
  type PermutationOptions,
  permutationStream,
  randomMemberships,
  type RandomMemberships,
  requirePermutations,
  unitMembers,
  type Units,
  unitSums,
} from './units';
import { fillNormals } from '../platform/math/normal-stream';
import type { RandomStream } from '../platform/math/random';
import { countMembers, midranks } from './sorted-sides';

/** Above this number of additions the normal limit stands in for counted permutations. */
export const affordableAdditions = 1e9;

/** What the AUCs of several attacks would be if membership had nothing to do with any score. */
export interface AucNull {
  /** AUC of each attack on its usable records. */
  readonly auc: readonly number[];
  /** Standard deviation of that AUC over random memberships; 0 where all scores are equal. */
  readonly deviation: readonly number[];
  /** How often random memberships give one attack taken alone an AUC this high or higher. */
  readonly pValues: readonly number[];
  /** How often they give *any* of the attacks an AUC that is this many deviations or more above one half. */
  readonly correctedPValues: readonly number[];
  /**
   * Half widths w such that all AUCs lie within 0.5 - w to 0.5 + w at once for the share `level` of random memberships.
   *
   * @param level in (0, 1), e.g. 0.999
   */
  band(level: number): number[];
  /** How the null was found, in words. */
  readonly method: string;
}

/**
 * The joint null distribution of the AUCs of several attacks: membership is permuted over the records, the same
 * permutation for all attacks, so that their dependence is kept (max-T of Westfall and Young 1993, single step). It
 * answers what is left of the best of several attacks once the choice is counted, and gives the band in which attacks on
 * shuffled membership have to stay.
 *
 * The AUC is a sum of midranks over members, so a permutation costs min(m, n) additions an attack. Where that is too
 * much, the sums are drawn from their normal limit, with the exact covariance of the permutation distribution.
 *
 * Scores must not have been fitted on this membership; what was fitted on it must be fitted anew for each permutation.
 *
 * @param attacks at least one, all on the same n records
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError as `auc`, without attacks, and on fewer than 999 permutations
 */
export function aucNull(
  attacks: readonly AttackScoring[],
  members: Uint8Array,
  options: PermutationOptions = {},
): AucNull {
  const { permutations = 9999, seed = 1 } = options;
  requirePermutations(permutations);
  if (attacks.length === 0) throw badInput('the number of attacks', 0, 'must be at least 1', 'Pass scores');
  const columns = attacks.map((attack) => rankColumn(attack, members));
  const stream = permutationStream(seed);
  const drawn = randomMemberships(members, stream);
  const counted = permutations * drawn.fewer.length * attacks.length <= affordableAdditions;
  const sums = counted ? permutedSums(columns, drawn) : normalSums(columns, stream);
  const rows = Array.from({ length: permutations }, () => {
    if (counted) drawn.draw();
    const row = new Float64Array(attacks.length);
    sums(row);
    return row;
  });
  const largest = rows.map((row) => row.reduce((a, b) => Math.max(a, b)));
  const largestSize = rows
    .map((row) => row.reduce((a, b) => Math.max(a, Math.abs(b)), 0))
    .sort((a, b) => a - b);
  const share = (values: readonly number[], z: number): number =>
    // Sums in another order differ in their last bits.
    (1 + values.filter((value) => value >= z - 1e-9).length) / (permutations + 1);
  return {
    auc: columns.map((column) => 0.5 + column.observed / column.pairs),
    deviation: columns.map((column) => column.deviation / column.pairs),
    pValues: columns.map((column, a) =>
      share(
        rows.map((row) => row[a]),
        zOf(column),
      ),
    ),
    correctedPValues: columns.map((column) => share(largest, zOf(column))),
    band: (level) => {
      const rank = Math.min(permutations, Math.ceil(level * (permutations + 1))) - 1;
      return columns.map((column) => (largestSize[rank] * column.deviation) / column.pairs);
    },
    method: counted
      ? `${permutations} permutations of the membership`
      : `normal limit of the permutation distribution, ${permutations} draws`,
  };
}

/** Scores of one attack, as attacks give them. */
export interface AttackScoring {
  /** [n], higher = member. */
  readonly scores: Float64Array;
  /** 1 = the score means something, [n]; left out when all do. */
  readonly usable?: Uint8Array;
}

/** The AUC of an attack as a sum over members. */
export interface RankColumn {
  /** Midranks among usable records less their mean, 0 elsewhere, [n]; AUC - 1/2 is their sum over members / `pairs`. */
  readonly ranks: Float64Array;
  readonly observed: number;
  /** Members times non-members among usable records. */
  readonly pairs: number;
  /** Members among usable records. */
  readonly members: number;
  /** Standard deviation of the sum over random memberships. */
  readonly deviation: number;
  /** Its variance by that of independent records; 1 without units. */
  readonly inflation: number;
}

/** The AUC in deviations from one half. */
export function zOf({ observed, deviation }: RankColumn): number {
  return deviation === 0 ? 0 : observed / deviation;
}

/**
 * @param units where given, chance deals units, and the deviation is that of sums over them
 * @throws UserError on a length mismatch or a NaN among the usable scores
 */
export function rankColumn(
  { scores, usable }: AttackScoring,
  members: Uint8Array,
  units?: Units,
): RankColumn {
  const n = members.length;
  const kept = usableRecords({ scores, usable }, n);
  const values = usable === undefined ? scores : Float64Array.from(kept, (i) => scores[i]);
  const memberCount = countMembers(Uint8Array.from(kept, (i) => members[i]));
  const ranks = new Float64Array(n);
  midranks(values).forEach((rank, at) => (ranks[kept[at]] = rank - (kept.length + 1) / 2));
  let observed = 0;
  for (let i = 0; i < n; i++) if (members[i] === 1) observed += ranks[i];
  const byRecord = sumDeviation(ranks, members);
  const byUnit =
    units === undefined ? byRecord : sumDeviation(unitSums(units, ranks), unitMembers(units, members));
  return {
    ranks,
    observed,
    pairs: memberCount * (kept.length - memberCount),
    members: memberCount,
    deviation: byUnit,
    inflation: byRecord === 0 ? 1 : (byUnit / byRecord) ** 2,
  };
}

/** Standard deviation of the sum of m of n values that sum to 0, m the number of ones among the flags. */
function sumDeviation(values: Float64Array, flags: Uint8Array): number {
  const n = flags.length;
  const m = flags.reduce((sum, flag) => sum + flag, 0);
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(((m * (n - m)) / (n * (n - 1))) * squares);
}

/**
 * Positions of the records that an attack could score.
 *
 * @throws UserError on a length mismatch or a NaN among them
 */
export function usableRecords({ scores, usable }: AttackScoring, n: number): Uint32Array {
  if (scores.length !== n) {
    const rule = `there are ${n} memberships`;
    throw badInput('the number of scores', scores.length, rule, 'Pass the same records');
  }
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const kept = usable === undefined ? all : all.filter((i) => usable[i] === 1);
  for (const i of kept) {
    if (!Number.isNaN(scores[i])) continue;
    throw badInput(`scores[${i}]`, NaN, 'a score must be a number', 'Mark it as not usable');
  }
  return kept;
}

/** Fills `out` [attacks] with the standardized rank sums of a membership. */
export type RankSums = (out: Float64Array) => void;

/** The rank sums of the membership that `drawn` holds at the time. */
export function permutedSums(columns: readonly RankColumn[], drawn: RandomMemberships): RankSums {
  const width = columns.length;
  // Record by record, so that a drawn record's ranks under all attacks lie side by side.
  const table = new Float64Array(drawn.flags.length * width);
  columns.forEach(({ ranks, deviation }, a) => {
    if (deviation > 0) for (let i = 0; i < ranks.length; i++) table[i * width + a] = ranks[i] / deviation;
  });
  return (sums) => {
    sums.fill(0);
    for (const record of drawn.fewer) {
      const at = record * width;
      for (let a = 0; a < width; a++) sums[a] += table[at + a];
    }
    // All sums are 0 over everybody.
    if (drawn.fewerAre === 0) for (let a = 0; a < width; a++) sums[a] = -sums[a];
  };
}

/** Draws from the normal limit: covariances of rank sums over random memberships are proportional to those of ranks. */
export function normalSums(columns: readonly RankColumn[], stream: RandomStream): RankSums {
  const factor = choleskyOfCorrelations(columns.map(({ ranks }) => ranks));
  const normals = new Float64Array(columns.length);
  return (sums) => {
    fillNormals(normals, stream);
    factor.forEach((row, a) => (sums[a] = row.reduce((sum, value, b) => sum + value * normals[b], 0)));
  };
}

/** Lower triangular rows L with L L' = correlation matrix; linearly dependent columns get zeros on the diagonal. */
function choleskyOfCorrelations(columns: readonly Float64Array[]): Float64Array[] {
  const product = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
    return sum;
  };
  const norms = columns.map((column) => Math.sqrt(product(column, column)));
  const rows: Float64Array[] = [];
  columns.forEach((column, a) => {
    const row = new Float64Array(a + 1);
    for (let b = 0; b < a; b++) {
      const scale = norms[a] * norms[b];
      const rest =
        (scale === 0 ? 0 : product(column, columns[b]) / scale) - product(row.subarray(0, b), rows[b]);
      row[b] = rows[b][b] < 1e-6 ? 0 : rest / rows[b][b];
    }
    row[a] = norms[a] === 0 ? 0 : Math.sqrt(Math.max(0, 1 - product(row.subarray(0, a), row)));
    rows.push(row);
  });
  return rows;
}
