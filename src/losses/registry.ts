import type { z } from 'zod';
import { parseOptions, unknownName } from '../options';
import { confidencePenalty } from './confidence-penalty';
import { convexConcave, type ConvexConcaveOptions } from './convex-concave';
import { flooding } from './flooding';
import { labelSmoothing } from './label-smoothing';
import type { Loss } from './loss';
import { probabilityLosses } from './probability-losses';
import { logitsTable } from './table-logits';
import { offering } from '../running-cell';

/**
 * All losses by name: kind, title, formula (without the factor beta, which every loss takes), source, parameters with
 * ranges and defaults. Help texts read from here.
 */
export const losses = {
  ...probabilityLosses,
  'convex-concave': convexConcave,
  'label-smoothing': labelSmoothing,
  'confidence-penalty': confidencePenalty,
  flooding,
  ...logitsTable,
};

export type LossName = keyof typeof losses;

/** The losses of kind p, those with f(p), f'(p), f''(p) and w(p). */
export type ProbabilityLossName = {
  [Name in LossName]: (typeof losses)[Name]['kind'] extends 'p' ? Name : never;
}[LossName];

/** The options that the loss of that name takes; each has a default. */
export type LossOptions<Name extends LossName> = Name extends 'convex-concave'
  ? ConvexConcaveOptions
  : z.input<(typeof losses)[Name]['parameters']>;

/** What `loss` gives for that name: which kind of loss. */
export type LossOf<Name extends LossName> = ReturnType<(typeof losses)[Name]['create']>;

/** All names that `loss` takes. */
export const lossNames = Object.keys(losses) as LossName[];

/**
 * The loss of that name, e.g. `loss('ccel', { alpha: 0.5 })`. A wrong name or option fails in the editor, and so does
 * asking a loss of kind `logits` or `batch` for f(p).
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 *
 * @example
 * ```ts
 * import { loss } from 'ccl-lab';
 *
 * console.log(loss('ce').value(0.5)); // prints 0.693
 * console.log(loss('ccel', { alpha: 0.5 }).name); // prints ccel
 * ```
 */
export function loss<Name extends LossName>(name: Name, options?: LossOptions<Name>): LossOf<Name> {
  return lossFromData(name, options) as LossOf<Name>;
}

offering(loss, () => lossNames);

/**
 * The same for a name and options that come from a file or a command line.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function lossFromData(name: string, options?: unknown): Loss {
  if (!Object.prototype.hasOwnProperty.call(losses, name)) throw unknownName('loss', name, lossNames);
  const definition: { parameters: z.ZodTypeAny; create(options: never): Loss } = losses[name as LossName];
  return definition.create(parseOptions(`loss ${name}`, definition.parameters, options) as never);
}
