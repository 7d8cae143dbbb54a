import { badInput } from '../errors';
import { fastWords } from '../math/fast-words';
import { randomStream, type RandomStream } from '../math/random';
import { fillNormals } from '../math/normal-stream';
import { auc } from './auc';
import type { Interval } from './interval';
import { midranks } from './midranks';
import { countMembers } from './sorted-sides';

/** Above this number of additions the normal limit stands in for counted permutations. */
const AFFORDABLE = 1e9;

/** Scores of one attack, as attacks give them. */
export interface AttackScoring {
  /** [n], higher = member. */
  readonly scores: Float64Array;
  /** 1 = the score means something, [n]; left out when all do. */
  readonly usable?: Uint8Array;
}

export interface PermutationOptions {
  /** Number of random memberships, an integer >= 999; default 9,999. */
  readonly permutations?: number;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

/** Throws UserError unless there are enough permutations for small p-values. */
export function requirePermutations(permutations: number): void {
  if (!Number.isInteger(permutations) || permutations < 999) {
    throw badInput(
      'the number of permutations',
      permutations,
      'must be at least 999',
      'Leave it out for 9999',
    );
  }
}

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
  const count = countMembers(members);
  const columns = attacks.map((attack) => rankColumn(attack, members));
  const additions = permutations * Math.min(count, members.length - count) * attacks.length;
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'permutation' });
  const draws =
    additions <= AFFORDABLE
      ? permutedSums(columns, count, permutations, stream)
      : normalSums(columns, permutations, stream);
  const largest = draws.rows.map((row) => row.reduce((a, b) => Math.max(a, b)));
  const largestSize = draws.rows
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
        draws.rows.map((row) => row[a]),
        zOf(column),
      ),
    ),
    correctedPValues: columns.map((column) => share(largest, zOf(column))),
    band: (level) => {
      const rank = Math.min(permutations, Math.ceil(level * (permutations + 1))) - 1;
      return columns.map((column) => (largestSize[rank] * column.deviation) / column.pairs);
    },
    method: draws.method,
  };
}

/** The attack with the highest AUC, corrected for the choice among several. */
export interface Strongest {
  /** Position among the attacks. */
  readonly index: number;
  /** Its AUC; the interval is simultaneous over all attacks, so that it holds for the one that was chosen. */
  readonly auc: Interval;
  /** How often random memberships lift any of the attacks this high; see `aucNull`. */
  readonly correctedPValue: number;
  /** How many attacks the choice was made from. */
  readonly among: number;
}

/**
 * Picks the attack with the highest AUC (the first of equals) and corrects for having picked it: p by max-T, interval by
 * Bonferroni over the attacks.
 *
 * @throws UserError as `aucNull`
 */
export function strongestAttack(
  attacks: readonly AttackScoring[],
  members: Uint8Array,
  options: PermutationOptions = {},
): Strongest {
  const found = aucNull(attacks, members, options);
  const index = found.auc.indexOf(Math.max(...found.auc));
  const { scores, usable } = attacks[index];
  const kept = (_: number, i: number): boolean => usable === undefined || usable[i] === 1;
  const area = auc(scores.filter(kept), members.filter(kept), 0.05 / attacks.length);
  const words = attacks.length === 1 ? '' : `, Bonferroni over ${attacks.length} attacks`;
  return {
    index,
    auc: { ...area, method: area.method + words },
    correctedPValue: found.correctedPValues[index],
    among: attacks.length,
  };
}

interface RankColumn {
  /** Midranks among usable records less their mean, 0 elsewhere, [n]; AUC - 1/2 is their sum over members / `pairs`. */
  readonly ranks: Float64Array;
  readonly observed: number;
  /** Members times non-members among usable records. */
  readonly pairs: number;
  /** Standard deviation of the sum over random memberships. */
  readonly deviation: number;
}

function zOf({ observed, deviation }: RankColumn): number {
  return deviation === 0 ? 0 : observed / deviation;
}

function rankColumn({ scores, usable }: AttackScoring, members: Uint8Array): RankColumn {
  const n = members.length;
  if (scores.length !== n) {
    throw badInput(
      'the number of scores',
      scores.length,
      `there are ${n} memberships`,
      'Pass the same records',
    );
  }
  const kept = Uint32Array.from(scores, (_, i) => i).filter((i) => usable === undefined || usable[i] === 1);
  const values = Float64Array.from(kept, (i) => scores[i]);
  const nan = values.findIndex(Number.isNaN);
  if (nan >= 0)
    throw badInput(`scores[${kept[nan]}]`, NaN, 'a score must be a number', 'Mark it as not usable');
  const memberCount = countMembers(Uint8Array.from(kept, (i) => members[i]));
  const ranks = new Float64Array(n);
  midranks(values).forEach((rank, at) => (ranks[kept[at]] = rank - (kept.length + 1) / 2));
  let observed = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    squares += ranks[i] * ranks[i];
    if (members[i] === 1) observed += ranks[i];
  }
  const m = members.reduce((sum, member) => sum + member, 0);
  return {
    ranks,
    observed,
    pairs: memberCount * (kept.length - memberCount),
    deviation: Math.sqrt(((m * (n - m)) / (n * (n - 1))) * squares),
  };
}

/** One row of standardized sums a random membership. */
interface Draws {
  readonly rows: Float64Array[];
  readonly method: string;
}

function permutedSums(
  columns: readonly RankColumn[],
  m: number,
  permutations: number,
  stream: RandomStream,
): Draws {
  const n = columns[0].ranks.length;
  const width = columns.length;
  // Record by record, so that a drawn record's ranks under all attacks lie side by side.
  const table = new Float64Array(n * width);
  columns.forEach(({ ranks, deviation }, a) => {
    if (deviation > 0) for (let i = 0; i < n; i++) table[i * width + a] = ranks[i] / deviation;
  });
  // All sums are 0 over everybody, so the smaller side is drawn.
  const drawn = Math.min(m, n - m);
  const sign = drawn === m ? 1 : -1;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const source = fastWords(stream);
  const words = new Uint32Array(drawn);
  const rows = Array.from({ length: permutations }, () => {
    const sums = new Float64Array(width);
    source.fill(words);
    for (let i = 0; i < drawn; i++) {
      const j = i + Math.floor((words[i] / 4294967296) * (n - i));
      const record = order[j];
      order[j] = order[i];
      order[i] = record;
      const at = record * width;
      for (let a = 0; a < width; a++) sums[a] += table[at + a];
    }
    return sign === 1 ? sums : sums.map((sum) => -sum);
  });
  return { rows, method: `${permutations} permutations of the membership` };
}

/** Draws from the normal limit: covariances of rank sums over random memberships are proportional to those of ranks. */
function normalSums(columns: readonly RankColumn[], permutations: number, stream: RandomStream): Draws {
  const width = columns.length;
  const factor = choleskyOfCorrelations(columns.map(({ ranks }) => ranks));
  const normals = new Float64Array(width);
  const rows = Array.from({ length: permutations }, () => {
    fillNormals(normals, stream);
    return Float64Array.from(factor, (row) => row.reduce((sum, value, b) => sum + value * normals[b], 0));
  });
  return { rows, method: `normal limit of the permutation distribution, ${permutations} draws` };
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
