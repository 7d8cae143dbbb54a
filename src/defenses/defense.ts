import type { z } from 'zod';
import type { TensorFlow } from '../platform/backend/tensor';
import type { TrainingKey, TrainingMethod, ExtraData } from '../training/method';
import type { Recipe } from '../training/recipe';
import type { ModelSpec, Network } from '../models/network';
import type { Records } from '../training/records';

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
export interface Part {
  /** e.g. «teacher», «sub-model 3». */
  readonly name: string;
  /** Which of the parts of this model, from 0 to 63: its random streams. */
  readonly index: number;
  /** Which members it is trained on, numbers in the target's members. */
  readonly records: Int32Array;
  readonly defense: Defense;
  /** Changes of the task's recipe for this part, e.g. of the batch size for few records. */
  readonly recipe?: (recipe: Recipe) => Recipe;
}

/** Logits of a finished part. */
export interface PartOutputs {
  /** On all members, row-major [members, classes]. */
  readonly members: Float32Array;
  /** On all inference records, row-major [inference, classes]; empty if there are none. */
  readonly inference: Float32Array;
  /** The part's network with its weights, for defenses that ask it about other inputs. */
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

/** What the released model is trained on, and how. */
export interface ReleasedTraining {
  readonly method: TrainingMethod;
  /** Default: the members. */
  readonly training?: Records;
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
  /** Raised when the defense computes other numbers than before; part of a run's identity. 0 for losses, which have `lossRevision`. */
  readonly revision: number;
  /** Changes of the network before it is made (dropout). */
  readonly model?: (spec: ModelSpec) => ModelSpec;
  /** Changes of the recipe (early stopping, weight decay). */
  readonly recipe?: (recipe: Recipe) => Recipe;
  /** Models to be trained first; they may go side by side. */
  readonly parts?: (setup: DefenseSetup) => readonly Part[];
  /** How the released model is trained. @param parts outputs of the parts, in their order */
  readonly training: (setup: DefenseSetup, parts: readonly PartOutputs[]) => ReleasedTraining;
  /** Changes of what the released model answers. */
  readonly outputs?: (setup: OutputSetup) => OutputFilter;
}

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
  readonly revision: number;
  create(
    options: z.output<Parameters>,
  ): Omit<Defense, 'name' | 'title' | 'options' | 'changes' | 'needs' | 'revision'>;
}
