/**
 * Below `train`: recipes, own losses and loops, what a task says.
 *
 * @module training
 */
export type { Purpose, RandomStream, Role, StreamKey } from '../platform/math/random';
export type { Backend, BackendName } from '../platform/backend/backend';
export { lossDefense } from '../training/batch-loss';
export { tensorLoss } from '../training/batch-loss';
export { betaControl } from '../training/beta-control';
export {
  type LoopRun,
  type LossOnBatch,
  type Released,
  type Step,
  type StepGradient,
} from '../training/defense';
export { lossOnBatch, lossTraining, plainGradient } from '../training/batch-loss';
export { TrainingDiverged } from '../training/evaluate';
export { progressLog } from '../training/progress';
export { recipes, type Recipe, type RecipeChanges, type RecipeName } from '../training/recipe';
export type { Records } from '../training/records';
export type {
  CheckpointPlace,
  MasksTask,
  ModelsTask,
  Trained,
  TrainedTeacher,
  TrainingProgress,
  TrainingStage,
  TrainingState,
  TrainingTask,
} from '../training/task';
export type { LiveTraining, StepProgress } from '../platform/progress/live-training';
