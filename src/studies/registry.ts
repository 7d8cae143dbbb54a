import type { StudyInput } from '../experiments/study';
import { unknownName } from '../options';
import { canaryStudy, dpSgdTuning, withoutCanaries } from './canaries';
import { cifar10Cnn, cifar10CnnLira, cifar10CnnPlain, cifar10Resnet18 } from './cifar10';
import { fashionMnistStudy } from './fashion-mnist';
import { firstLook, tiny, trainingComparison, twelveBlocks } from './small';
import { location30, location30Bases, location30Beta, location30Others } from './location30';
import { weightDecayStudy } from './weight-decay';
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import { type StudyData, withPathsFrom } from '../data/data-file';
import { badInput, UserError } from '../errors';
import { parseJson } from '../platform/formats/json-text';
import { readText } from '../platform/formats/read-file';

/** The studies that have a name. */
export const studies = {
  'first-look': firstLook,
  tiny,
  'twelve-blocks': twelveBlocks,
  'training-comparison': trainingComparison,
  'weight-decay-0': weightDecayStudy(0),
  'weight-decay-5e-4': weightDecayStudy(5e-4),
  'weight-decay-5e-3': weightDecayStudy(5e-3),
  location30,
  'location30-others': location30Others,
  'location30-beta': location30Beta,
  'location30-bases': location30Bases,
  'fashion-mnist': fashionMnistStudy,
  'cifar10-cnn': cifar10Cnn,
  'cifar10-cnn-plain': cifar10CnnPlain,
  'cifar10-cnn-lira': cifar10CnnLira,
  'cifar10-resnet18': cifar10Resnet18,
  'dp-sgd-tuning': dpSgdTuning,
  canaries: canaryStudy,
  'without-canaries': withoutCanaries,
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

/** JSON would make null of .inf and .nan. */
function finite(key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw badInput(`${key} of a study`, value, 'must be a finite number', 'Correct the file');
}

/** YAML whose aliases are spelled out: a value that contains itself has no end. */
function parseYaml(text: string, file: string): unknown {
  try {
    const document = parseDocument(text);
    // A warning tells of what is read in another meaning, such as a tag that nobody knows.
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) throw wrong;
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // An alias within its own anchor makes a circle, which this refuses.
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value, finite));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why =
      error instanceof TypeError || error instanceof RangeError
        ? 'a value in it contains itself, or is nested without end.'
        : (error as Error).message.trim();
    throw new UserError(`The study ${file} is no YAML: ${why} Correct it and run again.`);
  }
}
