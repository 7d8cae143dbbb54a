import type { ModelSignals } from './model-signals';
import type { SignalNote } from './signal-note';

/** Where signals came from, so that a report can say how to reproduce it. */
export interface SignalFile {
  /** Path as the person gave it. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, hex. Of a folder: of its files' names and checksums in order. */
  readonly sha256: string;
}

/**
 * Outputs of M models on the same n records: one target and the shadow or reference models around it. This is what
 * attacks on many models read, and what a file of signals holds (docs: the arrays of `ccl audit`).
 *
 * Models are read one at a time, so that a set may be larger than memory: `model(m)` of a large file reads its row anew.
 */
export interface SignalSet {
  /** Number of models M, the target included. */
  readonly models: number;
  /** Number of records n. */
  readonly n: number;
  /** Number of classes k. */
  readonly classes: number;
  /** Which model is attacked, in 0 .. M-1. */
  readonly target: number;
  /** True classes, [n], the same for every model. */
  readonly labels: Int32Array;
  /** Membership of each record in each model's training set: M arrays [n], 1 = member. */
  readonly members: readonly Uint8Array[];
  /** Outputs and membership of one model. `logits` are log-probabilities where the file held probabilities. */
  model(index: number): ModelSignals;
  /**
   * Logits of one model on A altered copies of each record (crops, flips, rotations ...), row-major [n, A, k]. The first
   * copy is the record itself unless the file says otherwise.
   */
  readonly augmented?: {
    readonly copies: number;
    model(index: number): Float32Array | Float64Array;
  };
  /** Records that no model saw, for attacks that compare with the population. */
  readonly population?: {
    /** Number of population records Z. */
    readonly n: number;
    /** True classes, [Z]. */
    readonly labels: Int32Array;
    /** Logits of one model on them, row-major [Z, k]. */
    model(index: number): Float32Array | Float64Array;
  };
  /** A group a record, [n], for slices, e.g. a region. */
  readonly groups?: readonly string[];
  /** Norms of the loss's gradient at each record for the target, row-major [n, kinds], e.g. by input and by weights. */
  readonly gradientNorms?: { readonly kinds: number; readonly values: Float32Array | Float64Array };
  /** Logits of the target after each of E epochs, row-major [n, E, k], or of the models distilled from it. */
  readonly trajectory?: { readonly epochs: number; readonly logits: Float32Array | Float64Array };
  /** 1 = the record is a canary, [n]. */
  readonly canaries?: Uint8Array;
  /** 1 = the record is judged, [n]; the others are there for attackers to learn from. All are if it is left out. */
  readonly audited?: Uint8Array;
  /**
   * Shadow models with records of their own, each with the classes of the set. An attack on the outputs of one model sets
   * its cuts on them, before any model of the set.
   */
  readonly shadows?: readonly ModelSignals[];
  /** A number of its own for each record, [n], by which it draws its lots wherever it stands; default its position. */
  readonly recordNumbers?: Int32Array;
  /** True only if a fair coin, independent for each record, decided who is a member. */
  readonly randomizedMembership: boolean;
  /** The files that the set was read from, in the order in which their models follow each other. */
  readonly files?: readonly SignalFile[];
  /** What a reader of the results has to know about the input, e.g. that an array was not used. */
  readonly notes?: readonly SignalNote[];
  /**
   * Set where one number a record is all that is known; the logits are then those of two classes, the true one and all
   * others together, and labels say nothing.
   */
  readonly statistic?: 'scaled_logits' | 'loss' | 'confidence';
}

/** The other models of a set, which an adversary may have trained: all but the target. */
export function referenceModels({ models, target }: Pick<SignalSet, 'models' | 'target'>): number[] {
  return Array.from({ length: models }, (_, m) => m).filter((m) => m !== target);
}
