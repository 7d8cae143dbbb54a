import { dirname } from 'node:path';
import { parse } from 'yaml';
import { type StudyData, withPathsFrom } from '../data/data-file';
import { badInput, UserError } from '../errors';
import type { StudyInput } from '../experiments/study';
import { parseJson } from '../platform/formats/json-text';
import { readText } from '../platform/formats/read-file';

/** Whether a word names a study file: it ends in .json, .yaml or .yml. */
export function isStudyFile(word: string): boolean {
  return /\.(json|ya?ml)$/i.test(word);
}

/**
 * The study in a JSON or YAML file, unchecked: `study` does that. The path of a data file counts from the study's folder.
 *
 * @throws UserError if the file cannot be read, is not what its name says, or holds anything but one object
 */
export function readStudyFile(file: string): StudyInput {
  // The largest study is far below this; a file of gigabytes is another one.
  const text = readText(file, { maxMemory: 2 ** 26 });
  const value = /\.json$/i.test(file) ? parseJson(text, file) : parseYaml(text, file);
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
  const input = value as StudyInput;
  return {
    ...input,
    ...(input.data !== undefined && { data: withPathsFrom(dirname(file), input.data) as StudyData }),
  };
}

/** YAML whose aliases are spelled out: a value that contains itself has no end. */
function parseYaml(text: string, file: string): unknown {
  try {
    const value: unknown = parse(text, { maxAliasCount: 100 });
    // An alias within its own anchor makes a circle, which this refuses.
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  } catch (error) {
    const why =
      error instanceof TypeError || error instanceof RangeError
        ? 'a value in it contains itself, or is nested without end.'
        : (error as Error).message.trim();
    throw new UserError(`The study ${file} is no YAML: ${why} Correct it and run again.`);
  }
}
