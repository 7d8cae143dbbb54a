import type { Backend } from '../platform/backend/backend';
import type { Augmentation } from '../data/augmentation';
import type { ImageShape } from '../data/dataset';
import type { Network } from '../models/network';
import type { ModelSignals } from '../signals/model-signals';
import type { MethodState, TrainingKey, TrainingMethod } from './method';
import type { Slots } from './optimizer';
import type { Recipe } from './recipe';
import type { Records } from './records';

/** What the model says about every record after some epoch: members first, then non-members, n in all. */
export interface Evaluation {
  readonly epoch: number;
  /** Cross-entropy losses u = -ln p_y in float64, [n], whatever loss is trained. */
  readonly losses: Float64Array;
  /** 1 where the largest logit is the true class's, [n]. */
  readonly correct: Uint8Array;
}

/** The weights to release if training stops early. */
export interface BestSoFar {
  readonly epoch: number;
  /** Mean cross-entropy on the inference set. */
  readonly value: number;
  readonly parameters: readonly Float32Array[];
  readonly buffers: readonly Float32Array[];
}

/** Where a training stands after a whole number of epochs; enough to go on bit for bit. */
export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  /** Updates done, over all epochs. */
  readonly updates: number;
  /** In the order of the network's parameters. */
  readonly parameters: readonly Float32Array[];
  /** Running statistics, in the order of the network's buffers. */
  readonly buffers: readonly Float32Array[];
  /** Running averages of the optimizer. */
  readonly slots: Slots<Float32Array>;
  /** Moving average of the parameters, if the recipe wants one. */
  readonly ema: readonly Float32Array[] | null;
  /** What the method keeps between epochs. */
  readonly method: MethodState;
  readonly history: readonly Evaluation[];
  /** Logits of the last evaluation, row-major [n, classes], members first; empty before the first one. */
  readonly outputs: Float32Array;
  /** With early stop, the best evaluation so far. */
  readonly best: BestSoFar | null;
}

/** Which of the models of one defense is trained. */
export interface TrainingStage {
  /** e.g. «sub-model 3», «released model». */
  readonly name: string;
  /** From 1; the released model is the last one. */
  readonly number: number;
  readonly of: number;
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
  /** Records trained on a second, since this call of `train` began. */
  readonly recordsPerSecond: number;
  /** Seconds to the end of the training at that pace; evaluations count with those so far. */
  readonly secondsLeft: number;
  /** Which model is trained, if the defense trains several; all other fields are of this one. */
  readonly stage?: TrainingStage;
}

export interface TrainingTask {
  readonly backend: Backend;
  readonly network: Network;
  /** The loss or defense: `lossMethod(loss('ce'))`. */
  readonly method: TrainingMethod;
  readonly recipe: Recipe;
  readonly members: Records;
  /** Records that are evaluated but never trained on. */
  readonly nonMembers: Records;
  /** What is trained on; default the members. PATE, for one, releases a model that never saw them. */
  readonly training?: Records;
  /** Neither members nor non-members: what some defenses regularize with, and what an early stop looks at. */
  readonly inference?: Records;
  /** Changes pictures before each step; default none. */
  readonly augmentation?: Augmentation;
  /** Size and normalization of the pictures; needed with an augmentation. */
  readonly image?: ImageShape;
  /** Whose random numbers are used. The method is no part of it: two methods of one key start and shuffle alike. */
  readonly key: TrainingKey;
  /** Go on from here instead of from the start weights. */
  readonly resumeFrom?: TrainingState;
  /** Ends training between two steps. Default: the interrupt of the notebook cell that called, none elsewhere. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called with the model's outputs after each evaluated epoch, e.g. to attack them or to keep `recordEpoch` of them. */
  readonly onEvaluation?: (signals: ModelSignals, epoch: number) => void;
  /**
   * Called after each epoch but the last. `capture` copies the whole state, which is worth a checkpoint; call it before the
   * first await. A promise is awaited before the first step of the next epoch is told of.
   */
  readonly onEpoch?: (epoch: number, capture: () => TrainingState) => void | Promise<void>;
}
