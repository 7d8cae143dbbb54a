import type { Backend } from '../backend/backend';
import type { Loss } from '../losses/loss';
import type { Role } from '../math/random';
import type { MlpShape, WeightArrays } from '../models/mlp';
import type { ModelSignals } from '../signals/model-signals';
import type { Recipe } from './recipe';

/** What the model says about every record after some epoch: members first, then non-members, n in all. */
export interface Evaluation {
  readonly epoch: number;
  /** Cross-entropy losses u = -ln p_y in float64, [n], whatever loss is trained. */
  readonly losses: Float64Array;
  /** 1 where the largest logit is the true class's, [n]. */
  readonly correct: Uint8Array;
}

/** Records as the trainer takes them. */
export interface Records {
  /** Features, row-major [n, d]. */
  readonly x: Float32Array;
  /** True classes, [n]. */
  readonly y: Int32Array;
}

/** Where a training stands after a whole number of epochs; enough to go on bit for bit. */
export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  readonly weights: WeightArrays;
  /** Momentum buffers, in the order of the weights. */
  readonly velocities: WeightArrays;
  readonly history: readonly Evaluation[];
  /** Logits of the last evaluation, row-major [n, classes], members first; empty before the first one. */
  readonly outputs: Float32Array;
}

/** Told after each step; for people to look at, never part of a result. */
export interface TrainingProgress {
  /** The epoch under way, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** The step within the epoch, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Mean of the trained loss over the batch. */
  readonly loss: number;
}

export interface TrainingTask {
  readonly backend: Backend;
  readonly shape: MlpShape;
  readonly loss: Loss;
  readonly recipe: Recipe;
  readonly members: Records;
  /** Records that are evaluated but never trained on. */
  readonly nonMembers: Records;
  /** Whose random numbers are used. The loss is no part of it: two losses of one key start and shuffle alike. */
  readonly key: { readonly seed: number; readonly role: Role; readonly index: number };
  /** Go on from here instead of from the start weights. */
  readonly resumeFrom?: TrainingState;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called with the model's outputs after each evaluated epoch, e.g. to attack them or to keep `recordEpoch` of them. */
  readonly onEvaluation?: (signals: ModelSignals, epoch: number) => void;
  /** Called with the state after each evaluated epoch. */
  readonly onCheckpoint?: (state: TrainingState) => void | Promise<void>;
}
