import { badInput } from '../errors';
import { randomStream, type RandomStream } from '../platform/math/random';

/**
 * Number of the kind of dealing within the purpose «split», so that none shares random numbers with another: 0 are the
 * parts of `split.ts`.
 */
const maskEpoch = 1;
const coinEpoch = 7;

/**
 * Plans which record each of M models is trained on: every record is a member of exactly M/2 models, and the sizes of
 * the models differ by at most 1 (Carlini et al., S&P 2022, section IV, where sizes are left to chance). Beyond that the
 * memberships of different records are drawn independently; for a bound of epsilon by one run, which needs coins that
 * are independent without any «beyond», there is `coinMasks`.
 *
 * @param records number of records n, at least M
 * @param models number of models M, even
 * @param seed whole number in [0, 2^32)
 * @returns M masks, each [n], 1 = member
 * @throws UserError if M is odd or above n
 */
export function halfMasks(records: number, models: number, seed: number): Uint8Array[] {
  requireEvenModels(models);
  requireEnough(records, models);
  return halfMasksAmong(everyRecord(records), records, models, seed);
}

/**
 * The same where only some records take part; the others are in no model.
 *
 * @param among the records that take part, each once
 * @param length number of all records n
 * @param stratifyBy labels, [n], whole numbers from 0: each model then also has half of each class (to one record)
 * @throws UserError as `halfMasks`, or if a class to be stratified by has only one record
 */
export function halfMasksAmong(
  among: Int32Array,
  length: number,
  models: number,
  seed: number,
  stratifyBy?: Int32Array,
): Uint8Array[] {
  requireEvenModels(models);
  requireEnough(among.length, models);
  const groups = stratifyBy === undefined ? [among] : recordsByLabel(stratifyBy, among);
  for (const [label, group] of groups.entries()) {
    if (stratifyBy === undefined || group.length !== 1) continue;
    const rule = 'must be at least 2, since half of them go into each model';
    throw badInput(`the number of records of class ${label}`, 1, rule, 'Plan without stratification');
  }
  const stream = randomStream({ seed, role: 'data', purpose: 'split', epoch: maskEpoch });
  return balancedMasks(groups, length, models, stream);
}

function requireEnough(records: number, models: number): void {
  if (Number.isInteger(records) && records >= models) return;
  const rule = `must be a whole number, at least the number of models (${models})`;
  throw badInput('records', records, rule, 'Plan fewer models or use a larger data set');
}

/**
 * A fair coin for each record and model by itself: what a bound of epsilon by one run asks for. Records may be in all models
 * or in none, and then nothing on the other side is left to compare with: with 4 models a quarter of the records.
 *
 * @param records number of records n, at least 2
 * @param models number of models M, at least 1
 * @param seed whole number in [0, 2^32)
 * @returns M masks, each [n], 1 = member
 * @throws UserError if there are fewer
 */
export function coinMasks(records: number, models: number, seed: number): Uint8Array[] {
  for (const [what, value, least] of [
    ['records', records, 2],
    ['models', models, 1],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue;
    throw badInput(what, value, `must be a whole number of at least ${least}`, 'Plan more of them');
  }
  const stream = randomStream({ seed, role: 'data', purpose: 'split', epoch: coinEpoch });
  return Array.from({ length: models }, () => Uint8Array.from({ length: records }, () => stream.below(2)));
}

/**
 * The same for groups of positions: each position in exactly half of the models, and for each group, and for all of
 * them together, the number of members differs between models by at most 1.
 *
 * @param groups disjoint lists of positions in 0 .. length-1
 * @param models even
 */
export function balancedMasks(
  groups: readonly Int32Array[],
  length: number,
  models: number,
  stream: RandomStream,
): Uint8Array[] {
  const masks = Array.from({ length: models }, () => new Uint8Array(length));
  let larger: Int32Array | undefined;
  for (const group of groups) {
    const target = new Int32Array(models).fill(Math.floor(group.length / 2));
    if (group.length % 2 === 1) {
      // Half of the models get one record more; at the next odd group it is the turn of the others.
      const order: Int32Array = larger ?? stream.permutation(models);
      const from = larger === undefined ? 0 : models / 2;
      for (let i = 0; i < models / 2; i++) target[order[from + i]]++;
      larger = larger === undefined ? order : undefined;
    }
    const sizes = dealGroup(masks, group, stream);
    evenOut(masks, group, sizes, target, stream);
  }
  return masks;
}

/** Puts each record into a random half of the models, and returns how many each got, [M]. */
function dealGroup(masks: readonly Uint8Array[], group: Int32Array, stream: RandomStream): Int32Array {
  const models = masks.length;
  const sizes = new Int32Array(models);
  const order = Int32Array.from({ length: models }, (_, m) => m);
  for (const record of group) {
    // The first half of a Fisher-Yates shuffle: whatever order it starts from, each subset is equally likely.
    for (let i = 0; i < models / 2; i++) {
      const j = i + stream.below(models - i);
      const model = order[j];
      order[j] = order[i];
      order[i] = model;
      masks[model][record] = 1;
      sizes[model]++;
    }
  }
  return sizes;
}

/** Hands random records from models that have too many to models that have too few. */
function evenOut(
  masks: readonly Uint8Array[],
  group: Int32Array,
  sizes: Int32Array,
  target: Int32Array,
  stream: RandomStream,
): void {
  let from = 0;
  let to = 0;
  for (;;) {
    while (from < sizes.length && sizes[from] <= target[from]) from++;
    if (from === sizes.length) return;
    // The sizes sum to the targets, so somebody has too few; and whoever has more than another has a record to give.
    while (sizes[to] >= target[to]) to++;
    let record = group[stream.below(group.length)];
    while (masks[from][record] === 0 || masks[to][record] === 1) record = group[stream.below(group.length)];
    masks[from][record] = 0;
    masks[to][record] = 1;
    sizes[from]--;
    sizes[to]++;
  }
}

/** Positions where the mask is `side`, ascending. */
export function maskedRecords(mask: Uint8Array, side: 0 | 1 = 1): Int32Array {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === side) count++;
  const records = new Int32Array(count);
  for (let i = 0, k = 0; i < mask.length; i++) if (mask[i] === side) records[k++] = i;
  return records;
}

export function requireEvenModels(models: number): void {
  if (Number.isInteger(models) && models >= 2 && models % 2 === 0) return;
  const rule = 'must be an even whole number of at least 2, so that each record can be in exactly half';
  throw badInput('models', models, rule, 'Add or drop one');
}

/** 0 .. n-1. */
export function everyRecord(records: number): Int32Array {
  return Int32Array.from({ length: records }, (_, i) => i);
}

/**
 * Records of each label, ascending; empty for labels that nobody has.
 *
 * @param y labels, [n], whole numbers from 0
 * @param among the records to take; default all
 */
export function recordsByLabel(y: Int32Array, among?: Int32Array): Int32Array[] {
  const records = among ?? everyRecord(y.length);
  let classes = 0;
  for (const record of records) {
    if (y[record] < 0)
      throw badInput(
        `the label of record ${record}`,
        y[record],
        'must be 0 or more',
        'Number the classes from 0',
      );
    classes = Math.max(classes, y[record] + 1);
  }
  const counts = new Int32Array(classes);
  for (const record of records) counts[y[record]]++;
  const groups = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Int32Array(classes);
  for (const record of records) groups[y[record]][filled[y[record]]++] = record;
  return groups;
}
