import { z } from 'zod';

/** What help texts and tables say about a parameter of a loss. */
export interface ParameterInfo {
  /** As an interval («[0, 1]», «(0, Infinity)»), or the list of names. */
  readonly range: string;
  readonly default: string | number;
  readonly meaning: string;
}

const infos = new WeakMap<z.ZodTypeAny, ParameterInfo>();

/** Range, default and meaning of a parameter that this file made; undefined for any other schema. */
export function parameterInfo(schema: z.ZodTypeAny): ParameterInfo | undefined {
  return infos.get(schema);
}

type NumberParameter = z.ZodDefault<z.ZodEffects<z.ZodNumber, number, number>>;

/**
 * A finite number in an interval.
 *
 * @param range the interval, round brackets for an open end: «[0, 1]», «(0, Infinity)»
 * @param whole whether only whole numbers are allowed
 */
export function numberIn(range: string, usual: number, meaning: string, whole = false): NumberParameter {
  const [low, high] = range.slice(1, -1).split(',').map(Number);
  const [openLow, openHigh] = [range.startsWith('('), range.endsWith(')')];
  const bound = boundOf(range, low, high, openLow);
  const noun = `${whole ? 'a whole number' : 'a number'} ${bound.replace(/^at/, 'of at')}`;
  const schema = z
    .number({ invalid_type_error: `Must be ${noun}` })
    .refine(
      (value) =>
        Number.isFinite(value) &&
        (openLow ? value > low : value >= low) &&
        (openHigh ? value < high : value <= high) &&
        (!whole || Number.isInteger(value)),
      `Must be ${whole ? noun : bound}`,
    )
    .default(usual);
  infos.set(schema, { range: whole ? `whole in ${range}` : range, default: usual, meaning });
  return schema;
}

function boundOf(range: string, low: number, high: number, openLow: boolean): string {
  if (high !== Number.POSITIVE_INFINITY) return `in ${range}`;
  return openLow ? `above ${low}` : `at least ${low}`;
}

/** One of a list of names. */
export function oneOfNames<Name extends string>(
  names: readonly [Name, ...Name[]],
  usual: Name,
  meaning: string,
): z.ZodDefault<z.ZodEnum<[Name, ...Name[]]>> {
  const schema = (z.enum(names as [Name, ...Name[]]) as z.ZodEnum<[Name, ...Name[]]>).default(usual as never);
  infos.set(schema, { range: names.join(' | '), default: usual, meaning });
  return schema as never;
}

/** True or false. */
export function yesOrNo(usual: boolean, meaning: string): z.ZodDefault<z.ZodBoolean> {
  const schema = z.boolean({ invalid_type_error: 'Must be true or false' }).default(usual);
  infos.set(schema, { range: 'true | false', default: String(usual), meaning });
  return schema;
}

/** The share of the convex part in a convex-concave loss; higher = more convex (paper, section 4). */
export const alpha = numberIn('[0, 1]', 0.5, 'share of the convex part');

/** A factor on the whole loss; with SGD it is the same as learning rate x beta and weight decay / beta. */
export const beta = z
  .number({ invalid_type_error: 'Must be a positive number' })
  .refine((value) => value > 0 && Number.isFinite(value), 'Must be a positive number')
  .default(1);
infos.set(beta, {
  range: '(0, Infinity)',
  default: 1,
  meaning: 'factor on the whole loss; with SGD the same as learning rate x beta and weight decay / beta',
});

/** The focusing exponent of the focal loss. */
export const gamma = numberIn('[0, Infinity)', 2, 'focusing exponent; 0 is cross-entropy');

/** Terms of a series. */
export const terms = (usual: number): NumberParameter =>
  numberIn('[1, 100]', usual, 'number of terms of the series', true);
