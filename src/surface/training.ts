/**
 * Below `train`: recipes, own methods, checkpoints, many models at once.
 *
 * @module training
 */
export type { Purpose, RandomStream, Role, StreamKey } from '../platform/math/random';
export type { Backend, BackendName } from '../platform/backend/backend';
export {
  trainDefended,
  type Defended,
  type DefendedTask,
  type TrainedPart,
} from '../defenses/train-defended';
export { betaControl, type UpdateRule } from '../training/beta-control';
export { trainEnsemble, type EnsembleOptions } from '../training/ensemble';
export { canTrainTogether, type EnsembleTask } from '../training/ensemble-task';
export { recipes, type Recipe, type RecipeChanges, type RecipeName } from '../training/recipe';
export { tensorLoss } from '../training/tensor-loss';
export type { TrainingIdentity } from '../training/checkpoint';
export { TrainingDiverged } from '../training/diverged';
export {
  lossMethod,
  lossObjective,
  plainGradient,
  type LoopMethod,
  type MethodRun,
  type Objective,
  type ObjectiveMethod,
  type Step,
  type StepGradient,
  type TrainingMethod,
} from '../training/method';
export { progressLog } from '../training/progress-log';
export { trainingIdentity } from '../training/training-identity';
export { withCheckpoints, type CheckpointHooks, type CheckpointPlace } from '../training/with-checkpoints';
export { trainWithMasks, type MaskedTraining } from '../training/train-with-masks';
export type { Records } from '../training/records';
export type { TrainingProgress, TrainingStage, TrainingState, TrainingTask } from '../training/training-task';
export type { LiveTraining, StepProgress } from '../platform/progress/live-training';
