/**
 * Networks: their names, arrays and files.
 *
 * @module models
 */
export { paperHidden } from '../models/mlp';
export type {
  BackwardOptions,
  ModelKey,
  ModelSpec,
  Network,
  NetworkArrays,
  NetworkTensors,
  StepKey,
  TensorInfo,
  TrainingPass,
} from '../models/network';
export { modelNames, models, type ModelName, type ModelOptions } from '../models/registry';
export { toTensors } from '../models/network';
export { loadWeights, saveWeights } from '../models/weights-file';
