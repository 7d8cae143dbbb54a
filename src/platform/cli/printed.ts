import { thisProgram } from '../../provenance';

/**
 * Prints an object as JSON, for `--json`, with the program that printed it; one that is about a study has `made` (madeBy),
 * which says that too.
 */
export function printJson(value: object): void {
  const told = 'made' in value ? value : { ...value, program: thisProgram() };
  process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
}

/** A word of a command line, quoted where a shell would read it otherwise. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
