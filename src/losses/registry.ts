import type { z } from 'zod';
import { parseOptions, unknownName } from '../options';
import { ccel } from './ccel';
import { ccql } from './ccql';
import { ce } from './ce';
import type { ProbabilityLoss } from './loss';

/** All losses by name: title, formula, source, parameters with ranges and defaults. Help texts read from here. */
export const losses = { ce, ccel, ccql } as const;

export type LossName = keyof typeof losses;

/** The options that the loss of that name takes; each has a default. */
export type LossOptions<Name extends LossName> = z.input<(typeof losses)[Name]['parameters']>;

export const lossNames = Object.keys(losses) as LossName[];

/**
 * The loss of that name, e.g. `loss('ccel', { alpha: 0.5 })`. A wrong name or option fails in the editor.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function loss<Name extends LossName>(name: Name, options?: LossOptions<Name>): ProbabilityLoss {
  if (!Object.prototype.hasOwnProperty.call(losses, name)) throw unknownName('loss', String(name), lossNames);
  const definition: {
    parameters: z.ZodTypeAny;
    create(options: Record<string, number>): ProbabilityLoss;
  } = losses[name] as never;
  return definition.create(
    parseOptions(`loss ${name}`, definition.parameters, options) as Record<string, number>,
  );
}
