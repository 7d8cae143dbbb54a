/**
 * Data sets beside the ones with a name: parts, masks, canaries, augmentation.
 *
 * @module data
 */
export { takeFeatures, takeLabels, type Dataset, type ImageShape } from '../data/dataset';
export { cleanRecords, exactDuplicates } from '../data/duplicates';
export { datasetNames, type DatasetName, type DatasetOptions } from '../data/registry';
export { scaleByTrain, trainScaling, type Scaling, type ScalingOptions } from '../data/scaling';
export type { DataFile, StudyData } from '../data/data-file';
export type { UserDataset, UserDatasetOptions } from '../data/user-dataset';
export {
  splitNames,
  type Fifths,
  type Halves,
  type Quarters,
  type Sixths,
  type Split,
  type SplitName,
  type SplitOptions,
} from '../data/split';
export { coinMasks, halfMasks, maskedRecords } from '../data/masks';
export {
  canaryTrainingRecords,
  planCanaries,
  withCanaries,
  type CanaryKind,
  type CanaryOptions,
  type CanaryPlan,
} from '../data/canaries';
export {
  augmentation,
  augmentationNames,
  type Augmentation,
  type AugmentationKey,
  type AugmentationName,
  type AugmentationOptions,
} from '../data/augmentation';
export {
  queryPictures,
  rotationQueries,
  translationQueries,
  type QueryTransform,
} from '../data/augmentation';
