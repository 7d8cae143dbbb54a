import { badInput } from '../errors';
import {
  permutationStream,
  randomMemberships,
  requirePermutations,
  type PermutationOptions,
} from './random-memberships';
import { normalSums, permutedSums, rankColumn, zOf, type AttackScoring } from './rank-sums';

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
