import { badInput } from '../errors';
import { chiSquareUpperTail } from '../platform/math/distributions';
import { randomStream } from '../platform/math/random';
import { permutationStream, randomMemberships, type Units } from './units';
import { countMembers } from './sorted-sides';

/** A test of independence of membership and something that was known before any training. */
export interface IndependenceTest {
  /** Pearson's chi-square. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Null where all records are of one category: nothing can be tested. */
  readonly pValue: number | null;
  /** How the p-value was found, in words. */
  readonly method: string;
}

/**
 * Is membership independent of a category (true class, group)? Pearson's chi-square over the table of categories by
 * membership. The chi-square distribution gives p where each expected count is at least 5; otherwise membership is
 * permuted (as in Fisher's exact test, both margins are kept), 9,999 times, fewer where there are more than 20,000
 * records.
 *
 * @param categories [n]
 * @param members [n], 1 = member, 0 = non-member
 * @param seed of the permutations, an integer in [0, 2^32)
 * @param units where given, records were dealt by unit, and so permutations deal units
 * @throws UserError on a length mismatch or when one side is empty, and as `unitMembers`
 */
export function membershipByCategory(
  categories: Int32Array | readonly string[],
  members: Uint8Array,
  seed = 1,
  units?: Units,
): IndependenceTest {
  const n = members.length;
  if (categories.length !== n) {
    const rule = `there are ${n} memberships`;
    throw badInput('the number of categories', categories.length, rule, 'Pass one a record');
  }
  const m = countMembers(members);
  const index = new Map<string | number, number>();
  const slots = Uint32Array.from({ length: n }, (_, i) => {
    const category = categories[i];
    if (!index.has(category)) index.set(category, index.size);
    return index.get(category)!;
  });
  const totals = new Float64Array(index.size);
  for (const slot of slots) totals[slot]++;
  const degreesOfFreedom = totals.length - 1;
  if (degreesOfFreedom === 0) {
    return {
      statistic: 0,
      degreesOfFreedom,
      pValue: null,
      method: 'no test: all records are of one category',
    };
  }
  const observed = new Float64Array(totals.length);
  slots.forEach((slot, i) => (observed[slot] += members[i]));
  const statistic = chiSquare(observed, totals, m, n);
  if (units !== undefined) return permutedUnits(slots, totals, members, units, seed);
  const expected = (Math.min(...totals) * Math.min(m, n - m)) / n;
  if (expected >= 5) {
    const pValue = chiSquareUpperTail(statistic, degreesOfFreedom);
    return {
      statistic,
      degreesOfFreedom,
      pValue,
      method: `chi-square test, ${degreesOfFreedom} degrees of freedom`,
    };
  }
  return permuted(slots, totals, m, statistic, seed);
}

/** The same test with p from random memberships. Reorders `slots`. */
function permuted(
  slots: Uint32Array,
  totals: Float64Array,
  m: number,
  statistic: number,
  seed: number,
): IndependenceTest {
  const n = slots.length;
  const permutations = Math.max(999, Math.min(9999, Math.floor(2e8 / n)));
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'permutation' });
  let reached = 0;
  for (let b = 0; b < permutations; b++) {
    const drawn = new Float64Array(totals.length);
    // The first m of a random order are the members of this permutation.
    for (let i = 0; i < m; i++) {
      const j = i + stream.below(n - i);
      const slot = slots[j];
      slots[j] = slots[i];
      slots[i] = slot;
      drawn[slot]++;
    }
    if (chiSquare(drawn, totals, m, n) >= statistic - 1e-9) reached++;
  }
  return {
    statistic,
    degreesOfFreedom: totals.length - 1,
    pValue: (1 + reached) / (permutations + 1),
    method: `chi-square by ${permutations} permutations of the membership (an expected count is below 5)`,
  };
}

/** The same test with p from random memberships of units. */
function permutedUnits(
  slots: Uint32Array,
  totals: Float64Array,
  members: Uint8Array,
  units: Units,
  seed: number,
): IndependenceTest {
  const permutations = Math.max(999, Math.min(9999, Math.floor(2e8 / slots.length)));
  const drawn = randomMemberships(members, permutationStream(seed), units);
  const statisticOf = (flags: Uint8Array): number => {
    const observed = new Float64Array(totals.length);
    let m = 0;
    for (let i = 0; i < flags.length; i++) {
      observed[slots[i]] += flags[i];
      m += flags[i];
    }
    return chiSquare(observed, totals, m, flags.length);
  };
  const statistic = statisticOf(members);
  let reached = 0;
  for (let b = 0; b < permutations; b++) {
    drawn.draw();
    if (statisticOf(drawn.flags) >= statistic - 1e-9) reached++;
  }
  return {
    statistic,
    degreesOfFreedom: totals.length - 1,
    pValue: (1 + reached) / (permutations + 1),
    method: `chi-square by ${permutations} permutations of the membership of ${units.count} groups`,
  };
}

/** Sum of (observed - expected)^2 / expected over both rows of the table, from the row of members. */
function chiSquare(observed: Float64Array, totals: Float64Array, m: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < totals.length; k++) {
    const expected = (totals[k] * m) / n;
    // (o - e)^2 (1 / e + 1 / (total - e)), the two rows in one
    sum += ((observed[k] - expected) ** 2 * n * n) / (totals[k] * m * (n - m));
  }
  return sum;
}
