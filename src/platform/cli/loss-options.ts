import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { losses, type LossName } from '../../losses/registry';
import { parameterInfo, type ParameterInfo } from '../../losses/parameters';

/** Adds one `option=value` to those given before; what reads as a number is one. */
export function lossOption(
  text: string,
  before: Readonly<Record<string, string | number>> = {},
): Record<string, string | number> {
  const [, name, value] = /^([^=\s]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || name === 'loss') {
    throw new InvalidArgumentError('It must be option=value, for instance gamma=2.');
  }
  return { ...before, [name]: numberOrText(value) };
}

/** A number if the text is one, else the text itself. */
export function numberOrText(text: string): string | number {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

/** The parameters of a loss as its schema states them. */
export function lossParameters(name: LossName): (ParameterInfo & { readonly name: string })[] {
  const { shape } = losses[name].parameters as z.AnyZodObject;
  return Object.entries(shape as Record<string, z.ZodTypeAny>).map(([parameter, schema]) => {
    const info = parameterInfo(schema);
    if (info === undefined) throw new Error(`parameter ${parameter} of loss ${name} tells nothing of itself`);
    return { name: parameter, ...info };
  });
}
