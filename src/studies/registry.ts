import type { StudyInput } from '../experiments/study';
import { unknownName } from '../options';
import { canaryStudy, dpSgdTuning, withoutCanaries } from './canaries';
import { cifar10Cnn, cifar10CnnLira, cifar10CnnPlain, cifar10Resnet18 } from './cifar10';
import { fashionMnistStudy } from './fashion-mnist';
import { firstLook, tiny, trainingComparison, twelveBlocks } from './small';
import { location30, location30Bases, location30Beta, location30Others } from './location30';
import { isStudyFile, readStudyFile } from './study-file';
import { weightDecayStudy } from './weight-decay';

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
