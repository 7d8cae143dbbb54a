import { visibleText } from '../errors';

/** Where signals came from, so that a report can say how to reproduce it. */
export interface SignalFile {
  /** Path as the person gave it. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, hex. Of a folder: of its files' names and checksums in order. */
  readonly sha256: string;
  /** How many models it holds. */
  readonly models: number;
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
  /** An id a record, [n], where some records stand more than once: these are no independent evidence. */
  readonly repeatedIds?: readonly string[];
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
  /** Set where true classes are not known; `labels` are then all 0 and say nothing. */
  readonly unlabeled?: true;
}

/** The other models of a set, which an adversary may have trained: all but the target. */
export function referenceModels({ models, target }: Pick<SignalSet, 'models' | 'target'>): number[] {
  return Array.from({ length: models }, (_, m) => m).filter((m) => m !== target);
}

/**
 * What one model gives away: its outputs on records whose membership is known to the evaluator.
 * This is the waist of the laboratory: training writes it, attacks read it, and so may any other framework.
 */
export interface ModelSignals {
  /** Number of records n. */
  readonly n: number;
  /** Number of classes k. */
  readonly classes: number;
  /** Logits, row-major [n, k]. */
  readonly logits: Float32Array | Float64Array;
  /** True classes, [n], each in 0 .. k-1. */
  readonly labels: Int32Array;
  /** Membership, [n]: 1 = the record was in this model's training set, 0 = it was not. */
  readonly members: Uint8Array;
}

/** What a reader of the results has to know about the input; words are made where it is shown (`signalNoteText`). */
export type SignalNote =
  | {
      readonly code: 'array not used';
      readonly file: string;
      readonly array: string;
      readonly meant?: string;
    }
  | {
      readonly code: 'arrays not used';
      readonly file: string;
      readonly arrays: readonly string[];
      readonly more: number;
    }
  | { readonly code: 'probabilities not used'; readonly file: string }
  /** Probabilities below the floor, or outputs of minus infinity, which is the logarithm of 0. */
  | {
      readonly code: 'raised to floor' | 'minus infinity';
      readonly array: string;
      readonly floor: number;
      readonly values: number;
    }
  /** Rows with the best classes only. */
  | { readonly code: 'rest spread'; readonly array: string; readonly rows: number }
  /** Rows whose sum misses 1 by the rounding of their values. */
  | {
      readonly code: 'rounded';
      readonly array: string;
      readonly decimals: number;
      readonly rows: number;
    }
  | { readonly code: 'one output'; readonly array: string; readonly kind: 'logit' | 'probability' }
  | { readonly code: 'sides joined'; readonly file: string; readonly arrays: readonly string[] }
  | { readonly code: 'one class'; readonly file: string; readonly label: number }
  | { readonly code: 'statistic alone'; readonly file: string; readonly array: string }
  | { readonly code: 'no labels'; readonly file: string }
  | { readonly code: 'labels of another file'; readonly file: string; readonly from: string }
  | { readonly code: 'other name'; readonly file: string; readonly array: string; readonly as: string }
  | {
      readonly code: 'folders of models';
      readonly file: string;
      readonly models: number;
      readonly array: string;
    }
  | {
      readonly code: 'folder of a tool';
      readonly file: string;
      readonly tool: string;
      readonly models: number;
      readonly array: string;
    }
  | {
      readonly code: 'ids repeated';
      readonly file: string;
      readonly ids: number;
      readonly first: string;
      readonly positions: readonly number[];
      /** How many of them are members and non-members of the target at once; undefined where it is in another file. */
      readonly onBothSides?: number;
    }
  | { readonly code: 'randomized in some files only' }
  | { readonly code: 'records compared by labels only' };

/** A note in words. Names in it come from a file of others, so nothing in them can steer a terminal. */
export function signalNoteText(note: SignalNote): string {
  return visibleText(words(note));
}

function words(note: SignalNote): string {
  switch (note.code) {
    case 'array not used': {
      const hint = note.meant === undefined ? '' : ` Did you mean ${JSON.stringify(note.meant)}?`;
      return `${note.file}: ${JSON.stringify(note.array)} is no array that is used.${hint}`;
    }
    case 'arrays not used': {
      const more = note.more === 0 ? '' : ` and ${note.more} more`;
      return `${note.file}: ${note.arrays.map((name) => JSON.stringify(name)).join(', ')}${more} are no arrays that are used.`;
    }
    case 'probabilities not used':
      return `${note.file}: probabilities were not used, since logits are there`;
    case 'raised to floor':
      return `${note.array}: probabilities below ${note.floor.toExponential(1)} were raised to it, the least that is told from 0 (${note.values} values)`;
    case 'minus infinity':
      return `${note.array}: minus infinity is the logarithm of the probability 0, and was raised to that of ${note.floor.toExponential(1)}, the least that is told from 0 (${note.values} values)`;
    case 'rest spread':
      return `${note.array}: ${note.rows} rows hold the best classes only; what their probabilities lack to 1 was spread evenly over the classes of probability 0, so attacks that look at those classes see less than the model gives`;
    case 'rounded':
      return `${note.array}: probabilities are rounded to ${note.decimals} ${note.decimals === 1 ? 'decimal' : 'decimals'}; ${note.rows} rows whose sum misses 1 by that rounding were brought to 1. Store more digits: records that rounding makes equal cannot be told apart`;
    case 'one output':
      return note.kind === 'logit'
        ? `${note.array}: one output z a record was taken as the logits 0 and z of two classes`
        : `${note.array}: one output p a record was taken as the probabilities 1 - p and p of two classes`;
    case 'sides joined':
      return `${note.file}: ${note.arrays.join(', ')} were joined; the records of the first of each pair are the members, those of the second the others`;
    case 'one class':
      return `${note.file}: all records have the class ${note.label}, so what is found holds within this class alone`;
    case 'statistic alone':
      return `${note.file}: only ${note.array} is known, one number a record; attacks that look at other classes did not run, and «accuracy» here means that the true class has more than half of the probability`;
    case 'no labels':
      return `${note.file}: there are no labels, so only the attacks that need none ran; accuracy, calibration and the tests of labels are left out. Store labels [records] for all attacks`;
    case 'labels of another file':
      return `${note.file}: there are no labels; those of ${note.from} were taken, record by record`;
    case 'other name':
      return `${note.file}: ${JSON.stringify(note.array)} was read as ${note.as}`;
    case 'folders of models':
      return `${note.file}: ${note.models} folders with keep.npy were read as one model each, with ${note.array}; keep names its members`;
    case 'folder of a tool':
      return `${note.file}: read as the signals of ${note.tool}, ${note.models} models with ${note.array}`;
    case 'ids repeated': {
      const sides =
        note.onBothSides === undefined || note.onBothSides === 0
          ? ''
          : `; ${note.onBothSides} of them are both members and non-members, which hides or makes differences`;
      return `${note.file}: ${note.ids} record ${note.ids === 1 ? 'id stands' : 'ids stand'} more than once, the first is ${JSON.stringify(note.first)} at the records ${note.positions.join(', ')}${sides}`;
    }
    case 'randomized in some files only':
      return 'randomized_membership counts as false, since not every file has it';
    case 'records compared by labels only':
      return 'that the files hold the same records was checked by labels only: not all have record_ids or records_checksum';
  }
}
