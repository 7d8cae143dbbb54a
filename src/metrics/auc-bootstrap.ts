import { badInput } from '../errors';
import { quantile } from '../math/quantile';
import { fastWords, type FastWords } from '../math/fast-words';
import { randomStream } from '../math/random';
import { aucEstimate } from './auc';
import type { Interval } from './interval';
import { sortedSides, type SortedSides } from './sorted-sides';

export interface BootstrapOptions {
  /** Number of resamples, an integer >= 100; default 1,000. */
  readonly resamples?: number;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

/**
 * Area under the ROC curve with the percentile interval of the stratified bootstrap (Efron and Tibshirani 1993, chapter
 * 13): members and non-members are resampled separately, with replacement. It agrees with DeLong's interval of `auc`
 * wherever both exist; the reason to have it is that it makes no use of a normal limit.
 *
 * One sort in all. A resample draws non-members into counts by distinct score, turns these into placements by one running
 * sum, and adds up the placements of the members it draws: O(m + n) without sorting.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @returns bounds null where the two sides do not overlap: every resample then has the same area
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
  if (estimate === 0 || estimate === 1 || Math.min(sides.members.length, sides.nonMembers.length) === 1) {
    const method =
      'no bootstrap: the sides do not overlap or one has a single record, so resamples are alike';
    return { estimate, low: null, high: null, method };
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
  return {
    estimate,
    low: quantile(areas, 0.025),
    high: quantile(areas, 0.975),
    method: `stratified bootstrap, percentile, ${resamples} resamples`,
  };
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
