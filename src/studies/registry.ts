import { readFileSync } from 'node:fs';
import { UserError } from '../errors';
import type { StudyInput } from '../experiments/study';
import { unknownName } from '../options';
import { firstLook } from './first-look';
import { tiny } from './tiny';
import { twelveBlocks } from './twelve-blocks';
import { weightDecayStudy } from './weight-decay';

/** The studies that have a name. */
export const studies = {
  'first-look': firstLook,
  tiny,
  'twelve-blocks': twelveBlocks,
  'weight-decay-0': weightDecayStudy(0),
  'weight-decay-5e-4': weightDecayStudy(5e-4),
  'weight-decay-5e-3': weightDecayStudy(5e-3),
} as const;

export type StudyName = keyof typeof studies;

/**
 * A study by its name, or from a JSON file (what ends in .json).
 *
 * @throws UserError for an unknown name, or a file that cannot be read or is no JSON
 */
export function findStudy(nameOrFile: string): StudyInput {
  if (nameOrFile.endsWith('.json')) return readStudyFile(nameOrFile);
  if (Object.prototype.hasOwnProperty.call(studies, nameOrFile)) return studies[nameOrFile as StudyName];
  throw unknownName('study', nameOrFile, [...Object.keys(studies), 'FILE.json']);
}

function readStudyFile(file: string): StudyInput {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `The study ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check the path.`,
    );
  }
  try {
    return JSON.parse(text) as StudyInput;
  } catch (error) {
    throw new UserError(
      `The study ${file} is no JSON: ${(error as Error).message}. Correct it and run again.`,
    );
  }
}
