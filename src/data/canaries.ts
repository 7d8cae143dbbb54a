import { createHash } from 'node:crypto';
import { z } from 'zod';
import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import { randomStream, type RandomStream } from '../platform/math/random';
import { parseOptions } from '../options';
import { atypicality } from './atypical';
import type { Dataset } from './dataset';
import { balancedMasks, everyRecord, maskedRecords, recordsByLabel, requireEvenModels } from './masks';

/**
 * What makes a record a canary, i.e. a record whose leak bounds from below what the most exposed records leak:
 * - `mislabelled`: its label is another class, each equally likely.
 * - `out-of-distribution`: its features come from another data set, or without one from the marginals of this one: each
 *   feature is copied from a record of its own (the columns shuffled; for binary data independent coins with the
 *   features' frequencies; for pictures noise). Its label is any class, each equally likely.
 * - `duplicated`: models that have it have it `copies` times.
 * - `duplicated-and-mislabelled`: both.
 * - `atypical`: unchanged; among those furthest from their own class.
 */
export const canaryKinds = [
  'mislabelled',
  'out-of-distribution',
  'duplicated',
  'duplicated-and-mislabelled',
  'atypical',
] as const;

export type CanaryKind = (typeof canaryKinds)[number];

export interface CanaryOptions {
  /** How many canaries of each kind; kinds that are left out have none. */
  readonly counts: Partial<Record<CanaryKind, number>>;
  /** Number of models M, even. */
  readonly models: number;
  readonly seed: number;
  /** How often a duplicated canary stands in the training set of a model that has it; default 2. */
  readonly copies?: number;
  /** How far a record is from its class: to the class's mean, or to its k-th nearest neighbor there. Default class-mean. */
  readonly atypicalBy?: 'class-mean' | 'nearest-neighbors';
  /** k; default 5. */
  readonly neighbors?: number;
  /** Another data set with the same features, from which out-of-distribution canaries are drawn. */
  readonly source?: Dataset;
  /** Records that may be replaced by canaries; default all that are not doubtful. */
  readonly pool?: Int32Array;
}

/** Which records become canaries, what they become, and which models have them. */
export interface CanaryPlan {
  /** Number of canaries C. */
  readonly count: number;
  /** Records of the data set that the canaries replace, [C], no one twice; of one kind after the other. */
  readonly records: Int32Array;
  /** [C] */
  readonly kinds: readonly CanaryKind[];
  /** Features, row-major [C, d]. */
  readonly x: Uint8Array | Float32Array;
  /** Labels, [C]. */
  readonly y: Int32Array;
  /** How often each stands in the training set of a model that has it, [C]. */
  readonly copies: Int32Array;
  /** M masks, each [C], 1 = the model has the canary: each in exactly M/2 models, each model half of each kind. */
  readonly masks: readonly Uint8Array[];
  /** Where the features of the out-of-distribution canaries come from, in words; undefined if there are none. */
  readonly outOfDistribution?: string;
}

const optionsSchema = z
  .object({
    counts: z
      .object(
        Object.fromEntries(
          canaryKinds.map((kind) => [kind, z.number().int('Must be a whole number').min(0).optional()]),
        ),
      )
      .strict(),
    models: z.number(),
    seed: z.number(),
    copies: z.number().int('Must be a whole number').min(2, 'Must be at least 2').max(1000).default(2),
    atypicalBy: z.enum(['class-mean', 'nearest-neighbors']).default('class-mean'),
    neighbors: z.number().int('Must be a whole number').min(1).default(5),
    source: z.unknown(),
    pool: z.unknown(),
  })
  .strict();

/**
 * Plans canaries as in the evaluation of Aerni, Zhang and Tramer (CCS 2024): records of several kinds in the same
 * models, each in exactly half of them, attacked by comparing the models that have a canary with those that do not.
 * All other records can be in all models (as there) or have half masks of their own.
 *
 * @throws UserError if M is odd, the pool is too small, there is no canary, or the source has other features
 */
export function planCanaries(dataset: Dataset, options: CanaryOptions): CanaryPlan {
  const checked = { ...options, ...parseOptions('canary plan', optionsSchema, options) } as CanaryOptions &
    Required<Pick<CanaryOptions, 'copies' | 'atypicalBy' | 'neighbors'>>;
  const { counts, models, seed } = checked;
  requireEvenModels(models);
  const kinds = canaryKinds.flatMap((kind) => Array<CanaryKind>(counts[kind] ?? 0).fill(kind));
  requireSource(dataset, options.source);
  const records = chooseRecords(dataset, checked, kinds.length);
  const x = dataset.x.slice(0, 0);
  const plan = {
    count: kinds.length,
    records,
    kinds,
    x: takeRows(dataset, records, x),
    y: Int32Array.from(records, (record) => dataset.y[record]),
    copies: Int32Array.from(kinds, (kind) => (kind.startsWith('duplicated') ? checked.copies : 1)),
    masks: canaryMasks(kinds, models, seed),
  };
  alter(plan, dataset, checked);
  const foreign = (counts['out-of-distribution'] ?? 0) > 0;
  return foreign ? { ...plan, outOfDistribution: originOf(dataset, options.source) } : plan;
}

/** As in `masks.ts`: numbers of the kinds of dealing within the purpose «split». */
const epochs = { choice: 3, masks: 4, content: 5 } as const;

function streamFor(seed: number, what: keyof typeof epochs, step = 0): RandomStream {
  return randomStream({ seed, role: 'data', purpose: 'split', epoch: epochs[what], step });
}

/** Atypical ones are taken first, by rank; the others at random from the rest. */
function chooseRecords(
  dataset: Dataset,
  { counts, seed, pool, atypicalBy = 'class-mean', neighbors = 5 }: CanaryOptions,
  count: number,
): Int32Array {
  if (count === 0) {
    throw badInput(
      'the number of canaries',
      0,
      'must be at least 1',
      'Name a kind in counts, e.g. { mislabelled: 100 }',
    );
  }
  const candidates = pool ?? notDoubtful(dataset);
  requirePool(candidates, dataset.records, count);
  const wanted = counts.atypical ?? 0;
  let atypical = new Int32Array(0);
  if (wanted > 0) {
    const score = atypicality(dataset, candidates, atypicalBy, neighbors);
    const ranked = Array.from(everyRecord(candidates.length)).sort((a, b) => score[b] - score[a] || a - b);
    atypical = Int32Array.from(ranked.slice(0, wanted), (i) => candidates[i]);
  }
  const taken = new Set(atypical);
  const rest = candidates.filter((record) => !taken.has(record));
  const order = streamFor(seed, 'choice').permutation(rest.length);
  const others = Int32Array.from(order.subarray(0, count - wanted), (i) => rest[i]);
  // The kind «atypical» is the last one.
  return joined(Int32Array, [others, atypical]);
}

function canaryMasks(kinds: readonly CanaryKind[], models: number, seed: number): Uint8Array[] {
  const numbers = Int32Array.from(kinds, (kind) => canaryKinds.indexOf(kind));
  return balancedMasks(recordsByLabel(numbers), kinds.length, models, streamFor(seed, 'masks'));
}

/** Gives each canary the label and features of its kind; a canary has its own stream, so kinds do not disturb others. */
function alter(
  { kinds, records, x, y }: Pick<CanaryPlan, 'kinds' | 'records' | 'x' | 'y'>,
  dataset: Dataset,
  { seed, source }: CanaryOptions,
): void {
  const { classes, features } = dataset;
  kinds.forEach((kind, i) => {
    const stream = streamFor(seed, 'content', records[i]);
    if (kind === 'mislabelled' || kind === 'duplicated-and-mislabelled') {
      y[i] = (y[i] + 1 + stream.below(classes - 1)) % classes;
    }
    if (kind !== 'out-of-distribution') return;
    y[i] = stream.below(classes);
    const row = x.subarray(i * features, (i + 1) * features);
    const from = source ?? dataset;
    const whole = stream.below(from.records);
    for (let j = 0; j < features; j++) {
      const record = source === undefined ? stream.below(from.records) : whole;
      row[j] = from.x[record * features + j];
    }
  });
}

function originOf({ title, image, x }: Dataset, source: Dataset | undefined): string {
  if (source !== undefined) return `records of ${source.title}`;
  const shuffled = `marginals of ${title}: each feature from a record of its own`;
  if (image !== undefined) return `${shuffled} (noise, as pictures)`;
  return x instanceof Uint8Array
    ? `${shuffled} (independent coins with the features' frequencies)`
    : shuffled;
}

function notDoubtful({ records, doubtful }: Dataset): Int32Array {
  const left = new Set(doubtful?.records);
  return everyRecord(records).filter((record) => !left.has(record));
}

function requirePool(pool: Int32Array, records: number, count: number): void {
  const wrong = pool.find((record) => record < 0 || record >= records);
  if (wrong !== undefined) {
    throw badInput(
      'a record of the pool',
      wrong,
      `must be 0 to ${records - 1}`,
      'Take the pool of the same data set',
    );
  }
  if (new Set(pool).size !== pool.length) {
    throw badInput(
      'the pool',
      `${pool.length} records`,
      'must not hold a record twice',
      'Remove the second one',
    );
  }
  if (pool.length >= count) return;
  throw badInput(
    'the number of canaries',
    count,
    `must be at most ${pool.length}, the size of the pool`,
    'Plan fewer',
  );
}

function requireSource({ features, classes, x }: Dataset, source: Dataset | undefined): void {
  if (classes < 2)
    throw badInput('classes', classes, 'must be at least 2 for canaries', 'Use another data set');
  if (source === undefined) return;
  if (source.features !== features) {
    const rule = `must be ${features}, as of the data set`;
    throw badInput(`the number of features of ${source.title}`, source.features, rule, 'Use another source');
  }
  if (source.x.constructor !== x.constructor) {
    const rule = `must be ${x.constructor.name}, as of the data set`;
    throw badInput(
      `the kind of features of ${source.title}`,
      source.x.constructor.name,
      rule,
      'Convert the source',
    );
  }
}

function takeRows<X extends Uint8Array | Float32Array>(
  { x, features }: Dataset,
  records: Int32Array,
  empty: X,
): X {
  const rows = new (empty.constructor as new (length: number) => X)(records.length * features);
  records.forEach((record, i) =>
    rows.set(x.subarray(record * features, (record + 1) * features), i * features),
  );
  return rows;
}

/**
 * The data set with the canaries in the place of the records that they replace. Its identity (sha256) and title say so.
 *
 * @returns a new data set; the arrays of the old one are left alone
 */
export function withCanaries(dataset: Dataset, { records, x, y }: CanaryPlan): Dataset {
  const { features } = dataset;
  const changed = { x: dataset.x.slice(), y: dataset.y.slice() };
  records.forEach((record, i) => {
    changed.x.set(x.subarray(i * features, (i + 1) * features), record * features);
    changed.y[record] = y[i];
  });
  const hash = createHash('sha256').update(`canaries in ${dataset.sha256}\n`);
  [records, x, y].forEach((array) =>
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  );
  return {
    ...dataset,
    ...changed,
    title: `${dataset.title} with ${records.length} canaries`,
    sha256: hash.digest('hex'),
  };
}

/**
 * What one model is trained on: other records of its choice, and the canaries that the plan gives it, duplicated ones as
 * often as the plan says.
 *
 * @param model 0 .. M-1
 * @param others its records that are no canaries (canaries among them are ignored), e.g. of a half mask
 * @returns record numbers for `withCanaries`, ascending, some more than once
 * @throws UserError if the plan has no such model
 */
export function canaryTrainingRecords(plan: CanaryPlan, model: number, others: Int32Array): Int32Array {
  if (plan.masks[model] === undefined) {
    throw badInput('model', model, `must be 0 to ${plan.masks.length - 1}`, 'Take a model of the plan');
  }
  const canaries = new Set(plan.records);
  const clean = others.filter((record) => !canaries.has(record));
  const own = Array.from(maskedRecords(plan.masks[model]), (i) =>
    new Int32Array(plan.copies[i]).fill(plan.records[i]),
  );
  return joined(Int32Array, [clean, ...own]).sort();
}
