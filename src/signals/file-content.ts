import { UserError } from '../errors';
import type { NumericArray } from '../platform/formats/raw-values';
import { checkFinite, takeClassLabels, takeZeroOne, toFloats, type FloatArray } from './check-arrays';
import { wrongShape, type FileLayout, type OutputArray } from './file-layout';
import {
  logProbabilities,
  looksLikeProbabilities,
  probabilityFloor,
  raisedInfinities,
} from './log-probabilities';
import type { Row, RowKeeper } from './row-keeper';
import type { SignalNote, SignalSet } from './signal-set';
import { unusedArrays } from './signal-source';

/** Everything that a file holds, checked. Rows are one a model. */
export interface FileContent {
  readonly layout: FileLayout;
  readonly labels: Int32Array;
  readonly members: readonly Uint8Array[];
  readonly rows: readonly Row[];
  readonly augmented?: readonly Row[];
  readonly population?: { readonly labels: Int32Array; readonly rows: readonly Row[] };
  readonly groups?: readonly string[];
  readonly recordIds?: readonly string[];
  readonly recordsChecksum?: string;
  readonly canaries?: Uint8Array;
  readonly randomizedMembership: boolean;
  /** Of the target, where it is a model of this file. */
  readonly gradientNorms?: SignalSet['gradientNorms'];
  readonly trajectory?: SignalSet['trajectory'];
  readonly notes: readonly SignalNote[];
}

/**
 * Reads and checks a file whose shapes fit.
 *
 * @param target the attacked model, counted in this file; undefined if it is in another one
 * @throws UserError that names array, index and rule
 */
export async function fileContent(
  layout: FileLayout,
  keeper: RowKeeper,
  target: number | undefined,
): Promise<FileContent> {
  const { source, augmented, population } = layout;
  const notes = unusedArrays(source);
  if (source.names.includes('logits') && source.names.includes('probabilities')) {
    notes.push({ code: 'probabilities not used', file: source.path });
  }
  const labels = await classLabels(layout, 'labels');
  if (labels.every((label) => label === labels[0]) && source.names.includes('labels')) {
    notes.push({ code: 'one class', file: source.path, label: labels[0] });
  }
  const members = await membership(layout);
  const records = await recordArrays(layout);
  notes.push(
    ...repeatedIds(source.path, records.recordIds, target === undefined ? undefined : members[target]),
  );
  const reader = new OutputReader(layout, keeper);
  const rows = await reader.rows(layout.outputs);
  const populationContent = population && {
    labels: await classLabels(layout, 'population_labels'),
    rows: await reader.rows(population),
  };
  const trajectory = target === undefined ? undefined : await trajectoryOf(reader, target);
  return {
    layout,
    labels,
    members,
    rows,
    ...(augmented && { augmented: await reader.rows(augmented) }),
    ...(populationContent && { population: populationContent }),
    ...records,
    gradientNorms: target === undefined ? undefined : await gradientNormsOf(layout, target),
    trajectory,
    notes: [...notes, ...reader.notes()],
  };
}

const nameIn = ({ source }: FileLayout, name: string): string => `${name} in ${source.path}`;

async function classLabels(layout: FileLayout, name: string): Promise<Int32Array> {
  const array = await (await layout.source.numbers(name)).read();
  return takeClassLabels(nameIn(layout, name), array, layout.classes);
}

async function membership(layout: FileLayout): Promise<Uint8Array[]> {
  const { models, n, source } = layout;
  const array = await (await source.numbers('members')).read();
  const all = takeZeroOne(nameIn(layout, 'members'), array, array.shape);
  return Array.from({ length: models }, (_, m) => all.subarray(m * n, (m + 1) * n));
}

/** The arrays with one value a record (or one in all) that any file may hold. */
async function recordArrays(
  layout: FileLayout,
): Promise<
  Pick<FileContent, 'groups' | 'recordIds' | 'recordsChecksum' | 'canaries' | 'randomizedMembership'>
> {
  const { source } = layout;
  const has = (name: string): boolean => source.names.includes(name);
  const zeroOne = async (name: string, meaning: string): Promise<Uint8Array> => {
    const array = await (await source.numbers(name)).read();
    return takeZeroOne(nameIn(layout, name), array, array.shape, meaning);
  };
  const randomized = has('randomized_membership')
    ? await zeroOne('randomized_membership', '1 (a coin decided who is a member) or 0')
    : [0];
  return {
    ...(has('groups') && { groups: await recordTexts(layout, 'groups') }),
    ...(has('record_ids') && { recordIds: await recordTexts(layout, 'record_ids') }),
    ...(has('records_checksum') && { recordsChecksum: (await source.texts('records_checksum')).join() }),
    ...(has('canaries') && { canaries: await zeroOne('canaries', '1 (a canary) or 0') }),
    randomizedMembership: randomized[0] === 1,
  };
}

/** A record that stands more than once is a member and a non-member at once, or makes others count for less. */
function repeatedIds(
  file: string,
  ids: readonly string[] | undefined,
  members: Uint8Array | undefined,
): SignalNote[] {
  if (ids === undefined) return [];
  const first = new Map<string, number>();
  const repeated = new Map<string, number[]>();
  ids.forEach((id, i) => {
    const known = first.get(id);
    if (known === undefined) first.set(id, i);
    else repeated.set(id, [...(repeated.get(id) ?? [known]), i]);
  });
  const [one] = repeated;
  if (one === undefined) return [];
  const sides = [...repeated.values()].filter(
    (places) => members !== undefined && places.some((i) => members[i] !== members[places[0]]),
  );
  return [
    {
      code: 'ids repeated',
      file,
      ids: repeated.size,
      first: one[0],
      positions: one[1].slice(0, 5),
      ...(members !== undefined && { onBothSides: sides.length }),
    },
  ];
}

async function recordTexts(layout: FileLayout, name: string): Promise<readonly string[]> {
  const texts = await layout.source.texts(name);
  if (texts.length === layout.n) return texts;
  throw wrongShape(layout.source, name, [texts.length], `[records] = [${layout.n}]`);
}

/** gradient_norms [models, records, ...] or, for the target alone, [records, ...]; everything behind is one kind each. */
async function gradientNormsOf(layout: FileLayout, target: number): Promise<SignalSet['gradientNorms']> {
  const { source, models, n } = layout;
  if (!source.names.includes('gradient_norms')) return undefined;
  const array = await source.numbers('gradient_norms');
  const { shape, dtype } = array;
  const hasModels = shape.length >= 2 && shape[0] === models && shape[1] === n;
  if (!hasModels && shape[0] !== n) {
    const meaning = `[models, records, ...] = [${models}, ${n}, ...] or [records, ...] = [${n}, ...]`;
    throw wrongShape(source, 'gradient_norms', shape, meaning);
  }
  const data = hasModels ? (await slice(array.slices(), target)).data : (await array.read()).data;
  const kinds = data.length / n;
  if (kinds < 1) throw wrongShape(source, 'gradient_norms', shape, 'at least one norm a record');
  const values = toFloats(data, dtype).slice();
  checkFinite(nameIn(layout, 'gradient_norms'), hasModels ? [target] : [], values, [n, kinds]);
  return { kinds, values };
}

async function slice(slices: AsyncIterable<NumericArray>, wanted: number): Promise<NumericArray> {
  let at = 0;
  for await (const part of slices) if (at++ === wanted) return part;
  throw new Error(`there is no slice ${wanted}`);
}

/** trajectory [records, epochs, classes] of the target, or [models, records, epochs, classes] of all. */
async function trajectoryOf(reader: OutputReader, target: number): Promise<SignalSet['trajectory']> {
  const { source, models, n, classes } = reader.layout;
  if (!source.names.includes('trajectory')) return undefined;
  const array = await source.numbers('trajectory');
  const { shape, dtype } = array;
  const [records, epochs, k] = shape.slice(-3);
  const stored = reader.layout.single ? 1 : classes;
  const hasModels = shape.length === 4;
  if ((shape.length !== 3 && !hasModels) || records !== n || k !== stored || epochs < 1) {
    const meaning = `[records, epochs, classes] = [${n}, epochs, ${stored}], of the target alone`;
    throw wrongShape(source, 'trajectory', shape, `${meaning}, or [models, ...] of all`);
  }
  if (hasModels && shape[0] !== models) {
    throw wrongShape(source, 'trajectory', shape, `[${models}, ${n}, epochs, ${stored}], one row a model`);
  }
  const values = hasModels ? (await slice(array.slices(), target)).data : (await array.read()).data;
  const lead = hasModels ? [target] : [];
  const logits = reader.asLogits('trajectory', lead, toFloats(values, dtype), [n, epochs, stored], dtype);
  return { epochs, logits: logits.slice() };
}

/** Reads outputs row by row and turns them into logits. */
class OutputReader {
  /** Notes that count, by code and array. */
  private readonly counted = new Map<string, { note: CountedNote; count: number }>();

  constructor(
    readonly layout: FileLayout,
    private readonly keeper: RowKeeper,
  ) {}

  /** One row of logits for each model. */
  async rows({ name, array, hasModels }: OutputArray): Promise<Row[]> {
    const { shape, dtype } = array;
    const rowShape = hasModels ? shape.slice(1) : shape;
    const rows: Row[] = [];
    const take = (data: NumericArray['data'], lead: readonly number[]): void => {
      const values = toFloats(data, dtype);
      rows.push(this.keeper.keep(this.asLogits(name, lead, values, rowShape, dtype)));
    };
    if (!hasModels) take((await array.read()).data, []);
    else for await (const { data } of array.slices()) take(data, [rows.length]);
    return rows;
  }

  /** Checked logits; probabilities become their logarithms. */
  asLogits(
    name: string,
    lead: readonly number[],
    values: FloatArray,
    shape: readonly number[],
    dtype: NumericArray['dtype'],
  ): FloatArray {
    const { classes, probabilities, single } = this.layout;
    const where = nameIn(this.layout, name);
    if (single) {
      const kind = probabilities ? 'probability' : 'logit';
      this.count({ code: 'one output', array: where, kind }, 1);
      return this.checkedLogits(name, lead, twoColumns(values, probabilities), twoColumnShape(shape), dtype);
    }
    return this.checkedLogits(name, lead, values, shape, dtype, classes);
  }

  private checkedLogits(
    name: string,
    lead: readonly number[],
    given: FloatArray,
    shape: readonly number[],
    dtype: NumericArray['dtype'],
    classes = 2,
  ): FloatArray {
    const { probabilities, single } = this.layout;
    const where = nameIn(this.layout, name);
    const floor = probabilityFloor(dtype);
    if (!probabilities) {
      const { values, raised } = raisedInfinities(given, classes, dtype);
      this.count({ code: 'minus infinity', array: where, floor }, raised);
      checkFinite(where, lead, values, shape);
      if (name === 'logits' && !single && looksLikeProbabilities(values, classes)) {
        throw new UserError(
          `Every row of ${where} lies in [0, 1] and sums to 1, so these are probabilities, not logits. ` +
            'Store the array under the name probabilities, or store the values before the softmax.',
        );
      }
      return values;
    }
    const { logits, raised, filled, rounded, decimals } = logProbabilities(where, lead, given, shape, dtype);
    if (decimals !== null) this.count({ code: 'rounded', array: where, decimals }, rounded);
    this.count({ code: 'raised to floor', array: where, floor }, raised);
    this.count({ code: 'rest spread', array: where }, filled);
    return logits;
  }

  private count(note: CountedNote, more: number): void {
    if (more === 0) return;
    const key = `${note.code} ${note.array}`;
    this.counted.set(key, { note, count: (this.counted.get(key)?.count ?? 0) + more });
  }

  notes(): SignalNote[] {
    return [...this.counted.values()].map(({ note, count }): SignalNote => {
      if (note.code === 'one output') return note;
      return note.code === 'rest spread' || note.code === 'rounded'
        ? { ...note, rows: count }
        : { ...note, values: count };
    });
  }
}

type CountedNote =
  | { readonly code: 'one output'; readonly array: string; readonly kind: 'logit' | 'probability' }
  | { readonly code: 'rest spread'; readonly array: string }
  | { readonly code: 'rounded'; readonly array: string; readonly decimals: number }
  | { readonly code: 'raised to floor' | 'minus infinity'; readonly array: string; readonly floor: number };

/** One output z as the logits 0 and z, one probability p as 1 - p and p. */
function twoColumns(values: FloatArray, probabilities: boolean): FloatArray {
  const out =
    values instanceof Float32Array
      ? new Float32Array(2 * values.length)
      : new Float64Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    if (probabilities) out[2 * i] = 1 - values[i];
    out[2 * i + 1] = values[i];
  }
  return out;
}

const twoColumnShape = (shape: readonly number[]): number[] => [
  ...(shape[shape.length - 1] === 1 ? shape.slice(0, -1) : shape),
  2,
];
