import { badInput } from '../errors';
import { auc } from './auc';
import type { Interval } from './interval';
import { ascendingOrder } from './sorted-sides';

/** What records are sliced by; each array is [n]. */
export interface SliceKeys {
  /** True classes. */
  readonly labels?: Int32Array;
  /** 1 = the model classified the record rightly. */
  readonly correct?: Uint8Array;
  /** Losses, cut into equally full percentile slices over members and non-members together. */
  readonly losses?: Float64Array;
  /** Groups as the person named them. */
  readonly groups?: readonly string[];
}

/** Fewest members, and fewest non-members, that a slice needs for an AUC. */
const fewestOfEach = 20;
/** Number of loss slices. */
const lossSlices = 10;

/** AUC within a part of the records. */
export interface Slice {
  readonly by: 'class' | 'correctness' | 'loss' | 'group';
  readonly value: string;
  readonly records: number;
  readonly members: number;
  /** AUC of the score among the records of the slice; null where there are too few. */
  readonly auc: Interval | null;
  /** Why there is no AUC, or what to know about it; else empty. */
  readonly note: string;
}

/**
 * The same score judged within slices of the records: classes, right or wrong answers, loss percentiles, groups. Each
 * interval is for its slice alone; among many slices some stand out by chance (one in twenty intervals misses).
 * A slice by loss or correctness holds members and non-members of like outputs, so its AUC says what the attack knows
 * beyond these.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError when a key has another length or a loss or a score is NaN
 */
export function slices(scores: Float64Array, members: Uint8Array, keys: SliceKeys): Slice[] {
  const n = members.length;
  const sliced = (by: Slice['by'], keyOf: readonly string[], values = sortedValues(keyOf)): Slice[] => {
    const places = new Map<string, number[]>(values.map((value) => [value, []]));
    keyOf.forEach((key, i) => places.get(key)?.push(i));
    return values.map((value) => sliceOf(by, value, places.get(value)!, scores, members));
  };
  for (const [name, key] of Object.entries({ scores, ...keys })) {
    if (key === undefined || key.length === n) continue;
    throw badInput(`the number of ${name}`, key.length, `there are ${n} records`, 'Pass one a record');
  }
  const { labels, correct, losses, groups } = keys;
  const all: Slice[] = [];
  if (labels) {
    const classes = [...new Set(labels)].sort((a, b) => a - b).map(String);
    all.push(...sliced('class', Array.from(labels, String), classes));
  }
  if (correct)
    all.push(
      ...sliced(
        'correctness',
        Array.from(correct, (flag) => (flag ? 'correct' : 'wrong')),
      ),
    );
  if (losses) {
    const edge = (i: number): number => (100 * i) / lossSlices;
    const names = Array.from({ length: lossSlices }, (_, i) => `${edge(i)} to ${edge(i + 1)} %`);
    const slot = percentileSlots(losses);
    all.push(
      ...sliced(
        'loss',
        Array.from(slot, (s) => names[s]),
        names,
      ),
    );
  }
  if (groups) all.push(...sliced('group', groups));
  return all;
}

function sortedValues(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort();
}

function sliceOf(
  by: Slice['by'],
  value: string,
  places: readonly number[],
  scores: Float64Array,
  members: Uint8Array,
): Slice {
  const own = Uint8Array.from(places, (i) => members[i]);
  const memberCount = own.reduce((sum, member) => sum + member, 0);
  const base = { by, value, records: own.length, members: memberCount };
  const fewest = Math.min(memberCount, own.length - memberCount);
  if (fewest < fewestOfEach) {
    const note = `too few records: ${memberCount} members and ${own.length - memberCount} non-members, ${fewestOfEach} of each are needed`;
    return { ...base, auc: null, note };
  }
  return {
    ...base,
    auc: auc(
      Float64Array.from(places, (i) => scores[i]),
      own,
    ),
    note: '',
  };
}

/** The slice of each loss by the middle of its rank among all; equal losses share a slice. */
function percentileSlots(losses: Float64Array): Uint32Array {
  const nan = losses.findIndex(Number.isNaN);
  if (nan >= 0) throw badInput(`losses[${nan}]`, NaN, 'a loss must be a number', 'Check its logits');
  const order = ascendingOrder(losses);
  const slots = new Uint32Array(losses.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && losses[order[end]] === losses[order[start]]) end++;
    const slot = Math.floor(((start + end - 1) / 2 / order.length) * lossSlices);
    for (let i = start; i < end; i++) slots[order[i]] = slot;
    start = end;
  }
  return slots;
}
