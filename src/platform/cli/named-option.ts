import { InvalidArgumentError } from 'commander';
import { numberOrText } from './loss-options';

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
