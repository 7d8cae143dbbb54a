/**
 * An error caused by what a person typed or brought along, as opposed to a defect of the laboratory.
 * The command line prints its message without a stack trace and exits with status 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  /** Names of files, columns and arrays may stand in it as they are: what would steer a terminal is made visible. */
  constructor(message: string) {
    super(visibleText(message));
  }
}

/** Control characters but line ends and tabs, and marks that turn the direction of writing. */
// eslint-disable-next-line no-control-regex
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from a file or a name, with what would steer a terminal written out: \u{1b} and so on. */
export function visibleText(text: string): string {
  return text.replace(steering, (character) =>
    character === '\r' ? '\\r' : `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
}

/** Work stopped because somebody asked for it (Ctrl-C, an aborted signal). What was finished before is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * What to throw where a package that only some users need could not be loaded: one sentence that says what to install.
 * Any other error is given back as it is.
 *
 * @param error what loading it threw
 * @param what what needs it, as the start of a sentence
 * @param packages their names, as for `npm install`
 */
export function notInstalled(error: unknown, what: string, packages: string): unknown {
  const { code } = error as { code?: unknown };
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return error;
  return new UserError(`${what} needs packages that are not installed. Run \`npm install ${packages}\`.`);
}

/**
 * Makes the one form that every complaint about bad input takes: the value, the rule, the remedy.
 *
 * @param what the name of the parameter, file or field
 * @param value the offending value, shown as JSON and cut at 80 characters
 * @param rule what was expected, as the end of a sentence that starts with the name («must be in [0, 1]»)
 * @param remedy what to do, as a sentence without full stop
 */
export function badInput(what: string, value: unknown, rule: string, remedy: string): UserError {
  return new UserError(`${what} is ${shown(value)}, but ${rule}. ${remedy}.`);
}

function shown(value: unknown): string {
  const text =
    typeof value === 'number' || value === undefined
      ? String(value)
      : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
