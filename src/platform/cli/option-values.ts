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

/** A name with options, as a study has it. */
export type NamedOption = { readonly name: string } & Readonly<Record<string, string | number | boolean>>;

/** Parses `lira` or `lira:online=false,variance=global`; what reads as a number or as true and false is one. */
export function namedOption(text: string): NamedOption {
  const at = text.indexOf(':');
  const name = at < 0 ? text : text.slice(0, at);
  const parts = at < 0 ? [] : text.slice(at + 1).split(',');
  const options = parts.map((part): [string, string | number | boolean] => {
    const [, option, value] = /^([^=\s]+)=(.+)$/.exec(part) ?? [];
    if (option === undefined || option === 'name') {
      throw new InvalidArgumentError('It must be a name, or NAME:option=value,option=value.');
    }
    return [option, value === 'true' || value === 'false' ? value === 'true' : numberOrText(value)];
  });
  return { name, ...Object.fromEntries(options) };
}

/** The same, several times. */
export function namedOptions(text: string, before: readonly NamedOption[] = []): NamedOption[] {
  return [...before, namedOption(text)];
}

/** Parses an option that must be a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || text.trim() === '') {
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  }
  return value;
}

/** Parses an option that must be a number; its range is checked where it is used. */
export function number(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === '') throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Parses numbers with commas between them; an empty text is an empty list. */
export function numbers(text: string): number[] {
  return text.trim() === '' ? [] : text.split(',').map(number);
}
