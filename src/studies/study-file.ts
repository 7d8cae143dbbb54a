import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { badInput, UserError } from '../errors';
import type { StudyInput } from '../experiments/study';

/** Whether a word names a study file: it ends in .json, .yaml or .yml. */
export function isStudyFile(word: string): boolean {
  return /\.(json|ya?ml)$/i.test(word);
}

/**
 * The study in a JSON or YAML file, unchecked: `study` does that.
 *
 * @throws UserError if the file cannot be read, is not what its name says, or holds anything but one object
 */
export function readStudyFile(file: string): StudyInput {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `The study ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check the path.`,
    );
  }
  const isJson = /\.json$/i.test(file);
  let value: unknown;
  try {
    value = isJson ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new UserError(
      `The study ${file} is no ${isJson ? 'JSON' : 'YAML'}: ${(error as Error).message.trim()} Correct it and run again.`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const rule =
      'must be one object with the fields of a study, e.g. {"name": "first", "methods": [{"loss": "ce"}]}';
    throw badInput(
      `the content of ${file}`,
      value,
      rule,
      'Correct the file (docs/studies.md has all fields)',
    );
  }
  return value as StudyInput;
}
