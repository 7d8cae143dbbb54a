import { badInput } from '../errors';
import { normalCdf, normalQuantile } from '../platform/math/distributions';
import { quantileOfSorted } from '../platform/math/quantile';
import { fastWords, type FastWords } from '../platform/math/fast-normals';
import { randomStream } from '../platform/math/random';
import { aucEstimate } from './auc';
import type { Interval } from './interval';
import { placements, sortedSides, type SortedSides } from './sorted-sides';

export interface BootstrapOptions {
  /** Number of resamples, an integer >= 100; default 1,000. */
  readonly resamples?: number;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

/**
 * Area under the ROC curve with the BCa interval of the stratified bootstrap (Efron 1987, JASA 82): members and
 * non-members are resampled separately, with replacement, and the percentiles are shifted by the median's bias and by the
 * acceleration (sum L^3 / 6 (sum L^2)^1.5 over the records' influences L). Coverage measured over
 * 2,000 draws of binormal scores, shifts 0, 1 and 2: 94.8 to 95.0 % with 150 + 100 records, 94.4 to 95.4 % with
 * 300 + 200. It agrees with DeLong's interval of `auc` on many records; the reason to have it is that it makes no use of
 * a normal limit.
 *
 * One sort in all. A resample draws non-members into counts by distinct score, turns these into placements by one running
 * sum, and adds up the placements of the members it draws: O(m + n) without sorting.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @returns bounds null where every resample has the same area (no overlap, all scores equal) or a side has one record
 * @throws UserError as `auc`, and on fewer than 100 resamples
 */
export function aucBootstrap(
  scores: Float64Array,
  members: Uint8Array,
  options: BootstrapOptions = {},
): Interval {
  const { resamples, seed } = checkedBootstrap(options);
  const sides = sortedSides(scores, members);
  const estimate = aucEstimate(scores, members);
  const alike = { name: 'alike-resamples', of: 'one sample' } as const;
  if (Math.min(sides.members.length, sides.nonMembers.length) === 1) {
    return { estimate, low: null, high: null, method: alike };
  }
  const groups = scoreGroups(sides);
  const words = fastWords(randomStream({ seed, role: 'evaluation', purpose: 'bootstrap' }));
  const areas = new Float64Array(resamples);
  const scratch = {
    placement: new Float64Array(groups.count),
    drawnMembers: new Uint32Array(groups.members.length),
    drawnNonMembers: new Uint32Array(groups.nonMembers.length),
  };
  for (let b = 0; b < resamples; b++) areas[b] = resampledArea(groups, words, scratch);
  if (areas.every((area) => area === areas[0])) return { estimate, low: null, high: null, method: alike };
  return {
    estimate,
    ...correctedPercentiles(areas, estimate, acceleration(scores, members, estimate)),
    method: { name: 'bca', resamples },
  };
}

/** The acceleration of BCa from the records' influences on the area, (placement - area) / (size of its side). */
function acceleration(scores: Float64Array, members: Uint8Array, area: number): number {
  const m = members.reduce((sum, member) => sum + member, 0);
  let squares = 0;
  let cubes = 0;
  placements(scores, members).forEach((placement, i) => {
    const influence = (placement - area) / (members[i] === 1 ? m : members.length - m);
    squares += influence ** 2;
    cubes += influence ** 3;
  });
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** BCa bounds: the quantiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z0 = Phi^-1(share of resamples below). */
function correctedPercentiles(
  areas: Float64Array,
  estimate: number,
  a: number,
): { low: number; high: number } {
  const sorted = areas.slice().sort();
  // Resamples with just the same area count half; the share stays off 0 and 1, where z0 would be infinite.
  const below =
    sorted.filter((area) => area < estimate).length + sorted.filter((area) => area === estimate).length / 2;
  const z0 = normalQuantile(Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length);
  const bound = (p: number): number => {
    const z = z0 + normalQuantile(p);
    return quantileOfSorted(sorted, normalCdf(z0 + z / (1 - a * z)));
  };
  return { low: bound(0.025), high: bound(0.975) };
}

/** The options with their defaults. Throws UserError on fewer than 100 resamples. */
export function checkedBootstrap({
  resamples = 1000,
  seed = 1,
}: BootstrapOptions): Required<BootstrapOptions> {
  if (!Number.isInteger(resamples) || resamples < 100) {
    throw badInput(
      'the number of resamples',
      resamples,
      'a 95 % interval needs a whole number of at least 100',
      'Pass 1000',
    );
  }
  return { resamples, seed };
}

/** For each record of a side (ascending), which of the distinct scores it has. */
interface ScoreGroups {
  readonly members: Uint32Array;
  readonly nonMembers: Uint32Array;
  readonly count: number;
}

function scoreGroups({ members, nonMembers }: SortedSides): ScoreGroups {
  const memberGroups = new Uint32Array(members.length);
  const nonMemberGroups = new Uint32Array(nonMembers.length);
  let count = 0;
  for (let i = 0, j = 0; i < members.length || j < nonMembers.length; count++) {
    const score = Math.min(
      i < members.length ? members[i] : Infinity,
      j < nonMembers.length ? nonMembers[j] : Infinity,
    );
    while (i < members.length && members[i] === score) memberGroups[i++] = count;
    while (j < nonMembers.length && nonMembers[j] === score) nonMemberGroups[j++] = count;
  }
  return { members: memberGroups, nonMembers: nonMemberGroups, count };
}

/** Arrays that all resamples share. */
interface Scratch {
  /** Twice the number of drawn non-members below a distinct score, plus those equal. */
  readonly placement: Float64Array;
  readonly drawnMembers: Uint32Array;
  readonly drawnNonMembers: Uint32Array;
}

function resampledArea(
  { members, nonMembers, count }: ScoreGroups,
  words: FastWords,
  { placement, drawnMembers, drawnNonMembers }: Scratch,
): number {
  const m = members.length;
  const n = nonMembers.length;
  words.indices(drawnNonMembers, n);
  placement.fill(0);
  for (let j = 0; j < n; j++) placement[nonMembers[drawnNonMembers[j]]]++;
  let below = 0;
  for (let g = 0; g < count; g++) {
    const equal = placement[g];
    placement[g] = 2 * below + equal;
    below += equal;
  }
  words.indices(drawnMembers, m);
  let twiceWon = 0;
  for (let i = 0; i < m; i++) twiceWon += placement[members[drawnMembers[i]]];
  return twiceWon / (2 * m * n);
}
