import { z } from 'zod';
import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import { randomStream } from '../platform/math/random';
import { parseOptions, unknownName } from '../options';
import type { Dataset } from './dataset';
import { everyRecord, halfMasksAmong } from './masks';
import { checkParts, dealParts } from './split-parts';

/** Four disjoint parts of equal size, as record numbers; each ascending. */
export interface Quarters {
  readonly targetMembers: Int32Array;
  readonly targetNonMembers: Int32Array;
  readonly shadowMembers: Int32Array;
  readonly shadowNonMembers: Int32Array;
}

/** Five disjoint parts of equal size. */
export interface Fifths extends Quarters {
  /** Neither members nor non-members: what a defense may regularize with. Target and shadow models share it. */
  readonly inference: Int32Array;
}

/** Six disjoint parts of equal size. */
export interface Sixths extends Quarters {
  /** The target's own records for a defense to regularize with. */
  readonly targetInference: Int32Array;
  readonly shadowInference: Int32Array;
}

/** Which records each of many models is trained on. */
export interface Halves {
  /** M masks, each [n], 1 = member: each record of the pool in exactly M/2 of them. */
  readonly masks: readonly Uint8Array[];
  /** The records that take part, ascending. What the others have in the masks (0) does not make them non-members. */
  readonly pool: Int32Array;
}

/** What each split deals. */
export interface DealtBySplit {
  quarters: Quarters;
  fifths: Fifths;
  sixths: Sixths;
  official: Quarters;
  halves: Halves;
}

export type SplitName = keyof DealtBySplit;

/** What a split needs of a data set. Records that are named doubtful are dealt to nobody. */
export interface Splittable
  extends Pick<Dataset, 'records'>, Partial<Pick<Dataset, 'y' | 'officialTrain' | 'doubtful'>> {
  /** The records to deal, ascending, e.g. `cleanRecords(dataset)`; default all that are not doubtful. */
  readonly pool?: Int32Array;
}

/** Raised when a change alters which records go where; part of a run's identity. */
export const splitRevision = 1;

const stratified = z.boolean().default(false).describe('the same share of each class in each part');
const size = z
  .number()
  .int('Must be a whole number')
  .min(1, 'Must be at least 1')
  .optional()
  .describe('records in each part, drawn from all; default as many as there are');
const partOptions = z.object({ stratified, size }).strict();
const halvesOptions = z
  .object({
    models: z
      .number()
      .int('Must be a whole number')
      .min(2, 'Must be at least 2')
      .multipleOf(2, 'Must be even'),
    stratified,
    size: size.describe(
      'members of each model, of a pool twice as large drawn from all; default half of all',
    ),
  })
  .strict();

/** All splits: what they are and their options. Help texts read from here. */
export const splits = {
  quarters: {
    title: 'four equal parts: members and non-members of the target and of a shadow model',
    reference: 'data_loader_target.py of the official code, without inference set',
    parameters: partOptions,
  },
  fifths: {
    title: 'quarters and a fifth part that defenses may use (AdvReg, MixupMMD)',
    reference: 'data_loader_target.py of the official code, with --inference',
    parameters: partOptions,
  },
  sixths: {
    title: 'members, non-members and an inference part, for the target and for a shadow model',
    reference: 'PAST, arXiv 2410.06814',
    parameters: partOptions,
  },
  official: {
    title: 'members from the official training part, non-members from the official test part',
    reference: 'the publishers of the data set; the two may differ in more than membership',
    parameters: partOptions,
  },
  halves: {
    title: 'many models, each record a member of exactly half of them',
    reference: 'Carlini et al., S&P 2022, section IV (there sizes are left to chance)',
    parameters: halvesOptions,
  },
} as const;

/** All names that `split` takes. */
export const splitNames = Object.keys(splits) as SplitName[];

export type SplitOptions<Name extends SplitName> = z.input<(typeof splits)[Name]['parameters']>;

/** A way to deal records, as a study names it. */
export interface Split<Name extends SplitName = SplitName> {
  readonly name: Name;
  readonly title: string;
  readonly reference: string;
  /** With every default filled in; together with name, seed and `splitRevision` it determines who gets what. */
  readonly options: z.output<(typeof splits)[Name]['parameters']>;
  /**
   * Deals the records of a data set; disjointness and sizes are checked.
   *
   * @param seed whole number in [0, 2^32)
   * @param shadow which shadow model, from 0. Further ones (> 0) deal the shadow parts anew among themselves, so that no
   *   shadow model ever sees a record of the target. `halves` and `official` have none.
   * @throws UserError if records, labels or the official boundary that it needs are missing or too few
   */
  deal(dataset: Splittable, seed: number, shadow?: number): DealtBySplit[Name];
}

/**
 * The split of that name, e.g. `split('fifths', { stratified: true }).deal(dataset, 1)`, `split('halves', { models: 64 })`.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 *
 * @example
 * ```ts
 * import { dataset, split } from 'ccl-lab';
 *
 * const parts = split('quarters').deal(await dataset('location30'), 1);
 * console.log(parts.targetMembers.length, parts.shadowMembers.length); // prints 1252 1252
 * ```
 */
export function split<Name extends SplitName>(
  name: Name,
  ...[options]: Name extends 'halves' ? [SplitOptions<Name>] : [SplitOptions<Name>?]
): Split<Name> {
  return splitFromData(name, options) as Split as Split<Name>;
}

/**
 * The same for a name and options that come from a file or a command line.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function splitFromData(name: string, options?: unknown): Split {
  if (!Object.prototype.hasOwnProperty.call(splits, name)) throw unknownName('split', name, splitNames);
  const known = name as SplitName;
  const { title, reference, parameters } = splits[known];
  const checked = parseOptions(`split ${name}`, parameters as z.ZodTypeAny, options) as {
    stratified: boolean;
    size?: number;
    models: number;
  };
  return {
    name: known,
    title,
    reference,
    options: checked,
    deal(dataset, seed, shadow = 0) {
      const y = checked.stratified ? labelsOf(dataset) : undefined;
      const pool = poolOf(dataset);
      if (known === 'halves') {
        noFurtherShadow(known, shadow);
        const drawn = drawnFrom(pool, 2, seed, checked.size);
        return { masks: halfMasksAmong(drawn, dataset.records, checked.models, seed, y), pool: drawn };
      }
      if (known === 'official') return dealOfficial(dataset, pool, seed, shadow, { y, size: checked.size });
      const parts = dealByName(known, pool, seed, shadow, { y, size: checked.size });
      checkParts({ ...parts }, dataset.records, parts.targetMembers.length);
      return parts;
    },
  };
}

/**
 * Deals records into four equal parts by seed (the paper's split without an inference set, data_loader_target.py of
 * the official code). Up to three records are left over. Further shadow models (index > 0) deal the two shadow parts
 * anew among themselves, so that no shadow ever sees a record of the target.
 *
 * @throws UserError if there are fewer than 4 records
 *
 * @example
 * ```ts
 * import { splitQuarters } from 'ccl-lab';
 *
 * console.log(splitQuarters(5010, 1).targetMembers.length); // prints 1252
 * ```
 */
export function splitQuarters(records: number, seed: number, shadowIndex = 0): Quarters {
  return split('quarters').deal({ records }, seed, shadowIndex);
}

/** Names of the parts in the order in which they are dealt: those of the target, of the shadow model, of both. */
const layouts = {
  quarters: {
    target: ['targetMembers', 'targetNonMembers'],
    shadow: ['shadowMembers', 'shadowNonMembers'],
    shared: [],
  },
  fifths: {
    target: ['targetMembers', 'targetNonMembers'],
    shadow: ['shadowMembers', 'shadowNonMembers'],
    shared: ['inference'],
  },
  sixths: {
    target: ['targetMembers', 'targetNonMembers', 'targetInference'],
    shadow: ['shadowMembers', 'shadowNonMembers', 'shadowInference'],
    shared: [],
  },
} as const;

function dealByName(
  name: keyof typeof layouts,
  pool: Int32Array,
  seed: number,
  shadow: number,
  { y, size }: Dealing,
): Quarters {
  const { target, shadow: own, shared } = layouts[name];
  const names = [...target, ...own, ...shared];
  const drawn = drawnFrom(pool, names.length, seed, size);
  const dealt = dealParts(drawn, names.length, randomStream({ seed, role: 'data', purpose: 'split' }), y);
  const from = target.length;
  const to = from + own.length;
  // An index that is out of range is refused by the stream.
  if (shadow !== 0) {
    const again = joined(Int32Array, dealt.slice(from, to));
    const stream = randomStream({ seed, role: 'shadow', index: shadow, purpose: 'split' });
    dealt.splice(from, own.length, ...dealParts(again, own.length, stream, y));
  }
  return Object.fromEntries(names.map((part, i) => [part, dealt[i].sort()])) as unknown as Quarters;
}

function dealOfficial(
  { records, officialTrain }: Splittable,
  pool: Int32Array,
  seed: number,
  shadow: number,
  { y, size }: Dealing,
): Quarters {
  noFurtherShadow('official', shadow);
  if (officialTrain === undefined) {
    const rule = 'must be known for the split «official»';
    throw badInput(
      'the official boundary between training and test part',
      officialTrain,
      rule,
      'Use quarters',
    );
  }
  const stream = randomStream({ seed, role: 'data', purpose: 'split', epoch: officialEpoch });
  const side = (isTrain: boolean) =>
    drawnFrom(
      pool.filter((record) => record < officialTrain === isTrain),
      2,
      seed,
      size,
    );
  const [train, test] = [side(true), side(false)];
  const [targetMembers, shadowMembers] = dealParts(train, 2, stream, y).map((part) => part.sort());
  const [targetNonMembers, shadowNonMembers] = dealParts(test, 2, stream, y).map((part) => part.sort());
  const parts = { targetMembers, targetNonMembers, shadowMembers, shadowNonMembers };
  checkParts(parts, records);
  return parts;
}

/** As in `masks.ts`: no two kinds of dealing share random numbers. */
const officialEpoch = 2;
const drawnEpoch = 6;

/** What a person may ask of the parts: equal shares of the classes, their size. */
interface Dealing {
  readonly y: Int32Array | undefined;
  readonly size: number | undefined;
}

/** As many records of the pool as `parts` parts of that size take, ascending; without a size the pool itself. */
function drawnFrom(pool: Int32Array, parts: number, seed: number, size: number | undefined): Int32Array {
  if (size === undefined) return pool;
  if (size * parts > pool.length) {
    const rule = `must be at most ${Math.floor(pool.length / parts)}, a ${ordinal(parts)} of the ${pool.length} records`;
    throw badInput('the size of the parts of the split', size, rule, 'Ask for fewer, or leave it out');
  }
  const stream = randomStream({ seed, role: 'data', purpose: 'split', epoch: drawnEpoch });
  return Int32Array.from(stream.permutation(pool.length).subarray(0, size * parts), (i) => pool[i]).sort();
}

const ordinal = (parts: number): string => ({ 2: 'half', 4: 'quarter', 5: 'fifth', 6: 'sixth' })[parts]!;

function noFurtherShadow(name: SplitName, shadow: number): void {
  if (shadow === 0) return;
  const remedy =
    name === 'official'
      ? 'Use quarters, or halves for many models'
      : 'Every mask is already a model of its own';
  throw badInput('the shadow index', shadow, `must be 0 for the split «${name}»`, remedy);
}

function labelsOf({ records, y }: Splittable): Int32Array {
  if (y?.length === records) return y;
  const rule = `must be the number of records (${records}) for a stratified split`;
  throw badInput('the number of labels', y?.length, rule, 'Give the labels as y');
}

function poolOf({ records, doubtful, pool }: Splittable): Int32Array {
  if (!Number.isInteger(records) || records < 1) {
    throw badInput('records', records, 'must be a whole number of at least 1', 'Use a larger data set');
  }
  if (pool !== undefined) checkParts({ 'the pool': pool }, records);
  const all = pool ?? everyRecord(records);
  if (doubtful === undefined) return all;
  const left = new Set(doubtful.records);
  return all.filter((record) => !left.has(record));
}
