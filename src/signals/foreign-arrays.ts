import { UserError } from '../errors';
import type { NumericArray } from '../platform/formats/numeric-array';
import { joined } from '../platform/math/joined';
import type { SignalNote } from './signal-set';
import { memorySource, type SignalSource } from './signal-source';

// Files as other programs leave them, turned into the arrays of `signalArrayNames`.

/** A source with our arrays, and what was made of it on the way. */
export interface AdaptedSource {
  readonly source: SignalSource;
  readonly notes: readonly SignalNote[];
  /** The one number a record that is known, where the outputs are made of it. */
  readonly statistic?: StatisticName;
}

export const statisticNames = ['scaled_logits', 'loss', 'confidence'] as const;
export type StatisticName = (typeof statisticNames)[number];

/** Members first, then the others: `logits_train` and `logits_test`; or one number a record instead of outputs. */
export async function adapted(source: SignalSource): Promise<AdaptedSource> {
  const sides = await withSidesJoined(source);
  const statistic = await withOutputsOfStatistic(sides.source);
  return { ...statistic, notes: [...sides.notes, ...statistic.notes] };
}

const ofSides: Readonly<Record<string, readonly string[]>> = {
  logits: ['logits'],
  probabilities: ['probabilities', 'probs'],
  labels: ['labels', 'y'],
  scaled_logits: ['scaled_logits'],
  loss: ['loss', 'losses'],
  confidence: ['confidence'],
  record_ids: ['record_ids'],
};

async function withSidesJoined(source: SignalSource): Promise<AdaptedSource> {
  const { names, path } = source;
  const stems = Object.entries(ofSides).flatMap(([name, stems]) => {
    const stem = stems.find((known) => names.includes(`${known}_train`) && names.includes(`${known}_test`));
    return stem === undefined || names.includes(name) ? [] : [{ name, stem }];
  });
  if (stems.length === 0) return { source, notes: [] };
  const arrays: Record<string, NumericArray | readonly string[]> = {};
  let sizes: readonly number[] = [];
  for (const { name, stem } of stems) {
    if (name === 'record_ids') {
      arrays[name] = [...(await source.texts(`${stem}_train`)), ...(await source.texts(`${stem}_test`))];
      continue;
    }
    const [train, test] = [await read(source, `${stem}_train`), await read(source, `${stem}_test`)];
    if (train.shape.length > 2 || test.shape.slice(1).join() !== train.shape.slice(1).join()) {
      throw new UserError(
        `${stem}_train and ${stem}_test in ${path} have the shapes [${train.shape.join(', ')}] and [${test.shape.join(', ')}], ` +
          'which cannot stand one below the other. Store [records, classes] for each side, of one model.',
      );
    }
    sizes = [train.shape[0], test.shape[0]];
    arrays[name] = {
      dtype: train.dtype,
      shape: [sizes[0] + sizes[1], ...train.shape.slice(1)],
      data: joined(Float64Array, [Float64Array.from(train.data), Float64Array.from(test.data)]),
    };
  }
  if (!names.includes('members')) {
    const data = new Uint8Array(sizes[0] + sizes[1]).fill(1, 0, sizes[0]);
    arrays.members = { dtype: 'bool', shape: [data.length], data };
  }
  const taken = stems.flatMap(({ stem }) => [`${stem}_train`, `${stem}_test`]);
  return {
    source: overlaid(source, arrays, taken),
    notes: [{ code: 'sides joined', file: path, arrays: taken }],
  };
}

/** The least distance of a probability from 0 and 1: as `probabilityFloor` has it for float32. */
const least = 2 ** -149;
const mostScaledLogit = -Math.log(least);

/** Scaled logits ln(p / (1 - p)) of each number, within +-103.3. */
const toScaledLogit: Readonly<Record<StatisticName, (value: number) => number>> = {
  scaled_logits: (value) => value,
  loss: (value) => -Math.log(Math.expm1(Math.min(value, 700))),
  confidence: (value) => Math.log(value / (1 - value)),
};

async function withOutputsOfStatistic(source: SignalSource): Promise<AdaptedSource> {
  const { names, path } = source;
  const name = statisticNames.find((known) => names.includes(known));
  if (name === undefined || names.includes('logits') || names.includes('probabilities')) {
    return { source, notes: [] };
  }
  const array = await read(source, name);
  if (array.shape.length !== 1 && array.shape.length !== 2) {
    throw new UserError(
      `the shape of ${name} in ${path} is [${array.shape.join(', ')}], but must be [models, records] or [records].`,
    );
  }
  const n = array.shape[array.shape.length - 1];
  const arrays: Record<string, NumericArray> = {
    logits: twoClasses(array, name, path),
    // The true class is the first of two.
    labels: { dtype: 'int64', shape: [n], data: new Int32Array(n) },
  };
  if (names.includes(`augmented_${name}`)) {
    arrays.augmented = twoClasses(await read(source, `augmented_${name}`), name, path);
  }
  return {
    source: overlaid(source, arrays, [name, `augmented_${name}`]),
    notes: [{ code: 'statistic alone', file: path, array: name }],
    statistic: name,
  };
}

/** Logits (phi, 0) of two classes, of which the first is the true one. */
function twoClasses({ shape, data }: NumericArray, name: StatisticName, path: string): NumericArray {
  const logits = new Float64Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    const isKnown = {
      scaled_logits: !Number.isNaN(value),
      loss: value >= 0,
      confidence: value >= 0 && value <= 1,
    };
    if (!isKnown[name]) {
      const rule = {
        scaled_logits: 'a number',
        loss: 'a cross-entropy, at least 0',
        confidence: 'in [0, 1]',
      }[name];
      throw new UserError(
        `${name} in ${path} holds ${value} at position ${i}, but must be ${rule}. Export it again.`,
      );
    }
    logits[2 * i] = Math.max(-mostScaledLogit, Math.min(mostScaledLogit, toScaledLogit[name](value)));
  }
  return { dtype: 'float64', shape: [...shape, 2], data: logits };
}

const read = async (source: SignalSource, name: string): Promise<NumericArray> =>
  (await source.numbers(name)).read();

/** A source with more arrays, and without those that they were made of. */
function overlaid(
  source: SignalSource,
  arrays: Readonly<Record<string, NumericArray | readonly string[]>>,
  taken: readonly string[],
): SignalSource {
  const more = memorySource(source.path, arrays);
  const left = source.names.filter((name) => !taken.includes(name) && !Object.hasOwn(arrays, name));
  return {
    path: source.path,
    names: [...more.names, ...left],
    numbers: (name) => (Object.hasOwn(arrays, name) ? more : source).numbers(name),
    texts: (name) => (Object.hasOwn(arrays, name) ? more : source).texts(name),
    close: () => source.close(),
  };
}
