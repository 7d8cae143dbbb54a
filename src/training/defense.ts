import type { z } from 'zod';
import type { ModelSpec, Network, NetworkTensors, StepKey } from '../models/network';
import type { Backend } from '../platform/backend/backend';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Recipe } from './recipe';
import type { Records, TrainingKey } from './records';

/** Options as JSON holds them, every default filled in. */
export type DefenseOptionValues = Readonly<Record<string, unknown>>;

/** A loss or a defense by name, as files and command lines give it. */
export interface DefenseSpec {
  readonly name: string;
  readonly options: DefenseOptionValues;
}

/** What a defense changes. */
export type Change = 'loss' | 'batch' | 'gradient' | 'epochs' | 'model' | 'labels' | 'stages' | 'outputs';

/** A model that must be trained before the released one: a teacher, a sub-model of SELENA. */
export interface Teacher {
  /** e.g. «teacher», «sub-model 3». */
  readonly name: string;
  /** Which of the teachers of this model, from 0 to 63: its random streams. */
  readonly index: number;
  /** Which members it is trained on, numbers in the target's members. */
  readonly records: Int32Array;
  readonly defense: Defense;
  /** Changes of the task's recipe for this teacher, e.g. of the batch size for few records. */
  readonly recipe?: (recipe: Recipe) => Recipe;
}

/** Logits of a finished teacher. */
export interface TeacherOutputs {
  /** On all members, row-major [members, classes]. */
  readonly members: Float32Array;
  /** On all inference records, row-major [inference, classes]; empty if there are none. */
  readonly inference: Float32Array;
  /** The teacher's network with its weights, for defenses that ask it about other inputs. */
  logits(x: Float32Array): Float32Array;
}

/** What a defense knows before anything is trained. */
export interface DefenseSetup {
  readonly members: Records;
  readonly inference?: Records;
  readonly classes: number;
  /** Shape of one input. */
  readonly inputShape: readonly number[];
  readonly key: TrainingKey;
}

/** What an output defense may look at when the model is released. */
export interface OutputSetup extends DefenseSetup {
  readonly tf: TensorFlow;
  readonly network: Network;
  /** Logits of the trained model, row-major [rows, classes], for any inputs, row-major [rows, ...inputShape]. */
  logits(x: Float32Array): Float32Array;
}

/**
 * What an adversary sees instead of the model's logits: row-major [n, classes] in and out, as logarithms of
 * probabilities (up to a constant a row). Each row depends on its own query only.
 *
 * @param x the queries themselves, row-major [n, ...inputShape]
 */
export type OutputFilter = (logits: Float32Array, x: Float32Array) => Float32Array;

/** A defense with its options. Whatever is left out is as in plain training. */
export interface Defense extends DefenseSpec {
  /** For tables and legends, without options: «RelaxLoss». */
  readonly title: string;
  /** The same with options: «RelaxLoss (target 0.5)». */
  readonly label: string;
  readonly changes: readonly Change[];
  readonly needs: readonly ExtraData[];
  /**
   * Part of a run's identity, raised when the defense computes other numbers where its fingerprint does not look: between
   * epochs, after an `await`. Of a loss that of its own, mostly 0.
   */
  readonly revision: number;
  /** Changes of the network before it is made (dropout). */
  readonly model?: (spec: ModelSpec) => ModelSpec;
  /** Changes of the recipe (early stopping, weight decay). */
  readonly recipe?: (recipe: Recipe) => Recipe;
  /** Models to be trained first; they may go side by side. */
  readonly teachers?: (setup: DefenseSetup) => readonly Teacher[];
  /** How the released model is trained. @param teachers their outputs, in their order */
  readonly training: (setup: DefenseSetup, teachers: readonly TeacherOutputs[]) => Released;
  /** Changes of what the released model answers. */
  readonly outputs?: (setup: OutputSetup) => OutputFilter;
}

/** What the source of a defense says of its privacy beside cross-entropy. */
export type PrivacyPromise = 'more privacy' | 'no more privacy' | 'nothing';

/** What the registry knows of a defense. */
export interface DefenseDefinition<Parameters extends z.ZodTypeAny = z.ZodTypeAny> {
  readonly title: string;
  /** Name in tables and legends, without options: «RelaxLoss». */
  readonly short: string;
  /** Paper and section, or the file of the official code. */
  readonly source: string;
  readonly parameters: Parameters;
  readonly changes: readonly Change[];
  readonly needs: readonly ExtraData[];
  /** What the paper says of privacy and accuracy beside cross-entropy, in a few words. */
  readonly claim: string;
  /** What the source promises of privacy beside cross-entropy; default more. */
  readonly promise?: PrivacyPromise;
  readonly revision: number;
  create(
    options: z.output<Parameters>,
  ): Omit<Defense, 'name' | 'title' | 'options' | 'changes' | 'needs' | 'revision'>;
}

/** What a loss sees of a batch. */
export interface Batch {
  /** Logits, [batch, classes]. */
  readonly z: Tensor2D;
  /** The true classes as rows of 0 and 1 (of mixed records, shares that sum to 1), [batch, classes]. */
  readonly oneHot: Tensor2D;
  /** Numbers of the records in the training set, [batch]. */
  readonly records: Int32Array;
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The step within the epoch, from 1. */
  readonly step: number;
}

/** Loss values and the gradient of their mean with respect to the logits, [batch, classes]. */
export interface LossGradient {
  /** One a record, [batch]; of a loss of kind `batch` its one value, [1]. Their mean is what is minimized. */
  readonly values: Tensor1D;
  readonly logitGradient: Tensor2D;
}

/**
 * Loss values, [batch] or [1], and the gradient of their mean with respect to the logits, [batch, classes]: all that most
 * defenses change. Called inside tf.tidy; pure, so that models of an ensemble can share it.
 */
export type LossOnBatch = (tf: TensorFlow, batch: Batch) => LossGradient;

/** Arrays that a defense keeps between epochs, as a checkpoint holds them. */
export type DefenseState = Readonly<Record<string, Float32Array>>;

/** Data that a defense needs beside its training set. */
export type ExtraData = 'inference';

/** What a defense has when a training begins or goes on. */
export interface LoopSetup {
  readonly backend: Backend;
  readonly network: Network;
  readonly recipe: Recipe;
  /** What is trained on. */
  readonly training: Records;
  /** Records that are neither members nor non-members; there if the defense needs them. */
  readonly inference?: Records;
  readonly key: TrainingKey;
  /** What `state` gave at the checkpoint to go on from; absent at the start. */
  readonly state?: DefenseState;
}

/** One step: a batch on its way to a gradient. Tensors stay the trainer's. */
export interface Step {
  readonly tf: TensorFlow;
  readonly network: Network;
  readonly tensors: NetworkTensors;
  /** Inputs, augmented if the study says so, [batch, ...inputShape]. */
  readonly x: Tensor;
  readonly oneHot: Tensor2D;
  readonly records: Int32Array;
  readonly key: StepKey;
  /** Learning rate of the epoch. */
  readonly learningRate: number;
}

/** What a step gives; the caller disposes all of it. */
export interface StepGradient {
  /** Losses, [batch] or [1]; their mean is shown and must be finite. */
  readonly values: Tensor1D;
  /** dL/dparameter, in the order of `network.parameters`. */
  readonly gradients: readonly Tensor[];
  /** The new running statistics. */
  readonly buffers: readonly Tensor[];
}

/** The training under way, for passes of a defense beside the usual one. */
export interface Loop {
  readonly tf: TensorFlow;
  readonly network: Network;
  /** The weights at this moment; each update replaces them. */
  readonly tensors: NetworkTensors;
  readonly key: TrainingKey;
  readonly epoch: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** A batch of training records, augmented as in the usual pass; the caller disposes it. */
  batch(records: Int32Array): { x: Tensor; oneHot: Tensor2D };
  /**
   * One update of the network by the recipe's optimizer; disposes what it is given.
   *
   * @throws TrainingDiverged if the mean of the values is not finite
   */
  update(gradient: StepGradient): void;
  /** Lets messages in; to be awaited once a step. @throws Interrupted if the signal aborts */
  breathe(): Promise<void>;
}

/** A training at work. */
export interface LoopRun {
  /** The batches of an epoch, numbers of training records; default: one random order, cut into batches. */
  batches?(epoch: number): readonly Int32Array[];
  gradient(step: Step): StepGradient;
  beforeEpoch?(loop: Loop): Promise<void> | void;
  afterEpoch?(loop: Loop): Promise<void> | void;
  /** What a checkpoint must hold to go on bit for bit. */
  state?(): DefenseState;
  dispose?(): void;
}

/** A training that is plain but for the loss of a batch. Models of such trainings can train at once. */
export interface LossTraining {
  readonly loss: LossOnBatch;
  /**
   * Set where a record's value, and its gradient times the batch size, follow from its own logits and class alone, not from
   * the rest of the batch, its number or the time. Losses with the same text compute the same, so that models that train
   * at once have the losses of all their batches computed at once.
   */
  readonly perRecord?: string;
}

/** A training with a say in batches, gradients or epochs. */
export interface LoopTraining {
  /** @throws UserError if network, recipe or data are not what the defense needs */
  readonly loop: (setup: LoopSetup) => LoopRun;
}

/** How the released model is trained. */
export type Released = (LossTraining | LoopTraining) & {
  /** What it is trained on; default the members. PATE, for one, releases a model that never saw them. */
  readonly training?: Records;
};
