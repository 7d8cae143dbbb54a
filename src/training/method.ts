import type { Backend } from '../platform/backend/backend';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Loss } from '../losses/loss';
import type { Role } from '../platform/math/random';
import type { Network, NetworkTensors, StepKey } from '../models/network';
import { lossGradient, type LossGradient } from './loss-gradient';
import type { Recipe } from './recipe';
import type { Records } from './records';

/** What an objective sees of a batch. */
export interface ObjectiveBatch {
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

/**
 * Loss values, [batch] or [1], and the gradient of their mean with respect to the logits, [batch, classes]: all that most
 * defenses change. Called inside tf.tidy; pure, so that models of an ensemble can share it.
 */
export type Objective = (tf: TensorFlow, batch: ObjectiveBatch) => LossGradient;

/** Arrays that a method keeps between epochs, as a checkpoint holds them. */
export type MethodState = Readonly<Record<string, Float32Array>>;

/** Data that a method needs beside its training set. */
export type ExtraData = 'inference';

/** Whose random numbers. The method is no part of it: two methods of one key start and shuffle alike. */
export interface TrainingKey {
  readonly seed: number;
  readonly role: Role;
  readonly index: number;
}

/** What a method has when a training begins or goes on. */
export interface MethodSetup {
  readonly backend: Backend;
  readonly network: Network;
  readonly recipe: Recipe;
  /** What is trained on. */
  readonly training: Records;
  /** Records that are neither members nor non-members; there if the method needs them. */
  readonly inference?: Records;
  readonly key: TrainingKey;
  /** What `state` gave at the checkpoint to go on from; absent at the start. */
  readonly state?: MethodState;
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

/** The training under way, for passes of a method beside the usual one. */
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

/** A method at work. */
export interface MethodRun {
  /** The batches of an epoch, numbers of training records; default: one random order, cut into batches. */
  batches?(epoch: number): readonly Int32Array[];
  gradient(step: Step): StepGradient;
  beforeEpoch?(loop: Loop): Promise<void> | void;
  afterEpoch?(loop: Loop): Promise<void> | void;
  /** What a checkpoint must hold to go on bit for bit. */
  state?(): MethodState;
  dispose?(): void;
}

interface NamedMethod {
  /** For messages and legends, e.g. «CCEL (alpha 0.5)». */
  readonly label: string;
  readonly needs: readonly ExtraData[];
}

/** A method that changes nothing but the loss of a batch. Models of such methods can train as an ensemble. */
export interface ObjectiveMethod extends NamedMethod {
  readonly kind: 'objective';
  readonly objective: Objective;
  /**
   * Set where a record's value, and its gradient times the batch size, follow from its own logits and class alone, not from
   * the rest of the batch, its number or the time. Methods with the same text compute the same, so that an ensemble
   * computes the batches of all its models at once.
   */
  readonly perRecord?: string;
}

/** A method with a say in batches, gradients or epochs. */
export interface LoopMethod extends NamedMethod {
  readonly kind: 'loop';
  /** @throws UserError if network, recipe or data are not what the method needs */
  open(setup: MethodSetup): MethodRun;
}

/** How a network is trained, beyond the recipe: a loss or a defense. */
export type TrainingMethod = ObjectiveMethod | LoopMethod;

/** Training with a loss of the registry. */
export function lossMethod(loss: Loss): ObjectiveMethod {
  const perRecord = loss.kind === 'batch' ? undefined : JSON.stringify([loss.name, loss.options]);
  return { kind: 'objective', label: loss.label, needs: [], objective: lossObjective(loss), perRecord };
}

/** A loss of the registry as an objective. */
export function lossObjective(loss: Loss): Objective {
  return (tf, { z, oneHot }) => lossGradient(tf, loss, z, oneHot);
}

/** The run of a method, whichever kind it is. */
export function openMethod(method: TrainingMethod, setup: MethodSetup): MethodRun {
  if (method.kind === 'loop') return method.open(setup);
  return { gradient: (step) => plainGradient(step, method.objective) };
}

/** Forward pass, objective, backward pass: the gradient of plain training. */
export function plainGradient(step: Step, objective: Objective): StepGradient {
  const { tf, network, tensors, x, oneHot, records, key } = step;
  const { logits, saved, buffers } = network.forward(tf, tensors, x, key);
  const { values, logitGradient } = tf.tidy(() => {
    const { epoch, step: number } = key;
    const result = objective(tf, { z: logits, oneHot, records, epoch, step: number });
    return { values: result.values, logitGradient: result.logitGradient };
  });
  const { parameters } = network.backward(tf, tensors, saved, logitGradient);
  tf.dispose([logits, logitGradient]);
  return { values, gradients: parameters, buffers };
}
