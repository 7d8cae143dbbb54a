import type { Augmentation } from '../data/augmentation';
import type { ImageShape } from '../data/dataset';
import type { Network } from '../models/network';
import type { Backend } from '../platform/backend/backend';
import type { ModelSignals } from '../signals/signal-set';
import type { Defense, DefenseState, Released, Teacher, TeacherOutputs } from './defense';
import type { Records, TrainingKey } from './records';
import type { Slots } from './optimizer';
import type { Recipe } from './recipe';

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
  /** What the defense keeps between epochs. */
  readonly defense: DefenseState;
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

/** What trains one model. */
export interface TrainingTask {
  readonly backend: Backend;
  /** Before the defense has had its say. */
  readonly network: Network;
  /** A loss or more: `defense('ccel', { alpha: 0.5 })`. */
  readonly defense: Defense;
  readonly recipe: Recipe;
  readonly members: Records;
  /** Records that are evaluated but never trained on. */
  readonly nonMembers: Records;
  /** Neither members nor non-members: what some defenses regularize with, and what an early stop looks at. */
  readonly inference?: Records;
  /** Changes pictures before each step; default none. */
  readonly augmentation?: Augmentation;
  /** Size and normalization of the pictures; needed with an augmentation. */
  readonly image?: ImageShape;
  /** Whose random numbers are used. The defense is no part of it: two defenses of one key start and shuffle alike. */
  readonly key: TrainingKey;
  /** Finished teachers, each at its place; what is left out or undefined is trained first. */
  readonly teachers?: readonly (TeacherOutputs | undefined)[];
  /** Told when a teacher that is trained here is finished: what `teachers` takes another time can be kept. */
  readonly onTeacher?: (teacher: Teacher, finished: TrainedTeacher) => void | Promise<void>;
  /** Where checkpoints of the released model are kept, and gone on from; default nowhere. */
  readonly checkpoint?: CheckpointPlace;
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

/** A task whose defense has had its say: network and recipe are what it made of them. */
export interface LoopTask extends TrainingTask {
  readonly released: Released;
}

/**
 * Several models: all at once, as one batched computation, where that is possible (`whyNotAtOnce` says when), else in turn.
 */
export interface ModelsTask {
  readonly models: readonly TrainingTask[];
  /** Of all models together where they train at once; in turn, each has that of its own task. */
  readonly checkpoint?: CheckpointPlace;
  readonly signal?: AbortSignal;
  /** Told after each step. Of models at once the loss is their mean, and the pace counts the records of all. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Of models at once: called after each epoch but the last. `capture` copies the states of all, in their order. */
  readonly onEpoch?: (epoch: number, capture: () => TrainingState[]) => void | Promise<void>;
}

/** Many models, each trained on the records that its mask says and asked about all of them, as LiRA and RMIA read it. */
export interface MasksTask
  extends
    Pick<TrainingTask, 'backend' | 'network' | 'defense' | 'recipe' | 'inference' | 'augmentation' | 'image'>,
    Omit<ModelsTask, 'models'> {
  /** The n records that every model is asked about. */
  readonly records: Records;
  /** Which of them each of M models is trained on: M masks, each [n], 1 = member (see `halfMasks`). */
  readonly masks: readonly Uint8Array[];
  /** An integer in [0, 2^32). */
  readonly seed: number;
}

/** A released model. */
export interface Trained {
  readonly network: Network;
  readonly state: TrainingState;
  /** What an adversary sees: members first, then non-members; through the output defense if there is one. */
  readonly signals: ModelSignals;
  /** The same for any inputs, row-major [rows, ...inputShape] in, [rows, classes] out. */
  ask(x: Float32Array): Float32Array;
}

/** A teacher with its whole model. */
export interface TrainedTeacher extends TeacherOutputs {
  readonly trained: Trained;
}

/** Where a training keeps its checkpoint. */
export interface CheckpointPlace {
  /** A safetensors file; its folder is made if it is missing. */
  readonly file: string;
  /** What the training is, as JSON; default everything in the task that determines its bits. */
  readonly identity?: Readonly<Record<string, unknown>>;
  /** Write after each such number of epochs; default 1: a kill loses at most the epoch under way. */
  readonly every?: number;
  /** What to do about a file that is not whole: refuse it (default), or remove it and train from the start. */
  readonly broken?: 'refuse' | 'restart';
}
