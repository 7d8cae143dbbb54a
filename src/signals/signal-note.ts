import { visibleText } from '../errors';

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
  | { readonly code: 'one output'; readonly array: string; readonly kind: 'logit' | 'probability' }
  | { readonly code: 'sides joined'; readonly file: string; readonly arrays: readonly string[] }
  | { readonly code: 'one class'; readonly file: string; readonly label: number }
  | { readonly code: 'statistic alone'; readonly file: string; readonly array: string }
  | {
      readonly code: 'folders of models';
      readonly file: string;
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
    case 'one output':
      return note.kind === 'logit'
        ? `${note.array}: one output z a record was taken as the logits 0 and z of two classes`
        : `${note.array}: one output p a record was taken as the probabilities 1 - p and p of two classes`;
    case 'sides joined':
      return `${note.file}: ${note.arrays.join(', ')} were joined; the records of ..._train are the members, those of ..._test the others`;
    case 'one class':
      return `${note.file}: all records have the class ${note.label}, so what is found holds within this class alone`;
    case 'statistic alone':
      return `${note.file}: only ${note.array} is known, one number a record; attacks that look at other classes did not run, and «accuracy» here means that the true class has more than half of the probability`;
    case 'folders of models':
      return `${note.file}: ${note.models} folders with keep.npy were read as one model each, with ${note.array}; keep names its members`;
    case 'ids repeated': {
      const sides =
        note.onBothSides === undefined || note.onBothSides === 0
          ? ''
          : `; ${note.onBothSides} of them are both members and non-members, which hides or makes differences`;
      return `${note.file}: ${note.ids} record ids stand more than once, the first is ${JSON.stringify(note.first)} at the records ${note.positions.join(', ')}${sides}`;
    }
    case 'randomized in some files only':
      return 'randomized_membership counts as false, since not every file has it';
    case 'records compared by labels only':
      return 'that the files hold the same records was checked by labels only: not all have record_ids or records_checksum';
  }
}
