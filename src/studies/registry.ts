import type { StudyInput } from '../experiments/study';
import { unknownName } from '../options';
import { firstLook } from './first-look';
import { isStudyFile, readStudyFile } from './study-file';
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
 * A study by its name, or from a JSON or YAML file (what ends in .json, .yaml or .yml).
 *
 * @throws UserError for an unknown name, or a file that cannot be read or is neither JSON nor YAML
 */
export function findStudy(nameOrFile: string): StudyInput {
  if (isStudyFile(nameOrFile)) return readStudyFile(nameOrFile);
  if (Object.prototype.hasOwnProperty.call(studies, nameOrFile)) return studies[nameOrFile as StudyName];
  throw unknownName('study', nameOrFile, [...Object.keys(studies), 'FILE.json', 'FILE.yaml']);
}
