import { UserError } from '../errors';
import type { NumericArray } from '../platform/formats/raw-values';
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
  /** Set where the file has no labels; those of `source` are all 0. */
  readonly unlabeled?: true;
}

export const statisticNames = ['scaled_logits', 'loss', 'confidence'] as const;
export type StatisticName = (typeof statisticNames)[number];

/**
 * Names that people give to the arrays of `signalArrayNames`. Read where the array is not there under its own name; the
 * columns of tables too.
 */
export const otherNames: Readonly<Record<string, string>> = {
  logit: 'logits',
  // Log-probabilities are logits whose softmax is known.
  log_probabilities: 'logits',
  log_probs: 'logits',
  log_proba: 'logits',
  logprobs: 'logits',
  probability: 'probabilities',
  prob: 'probabilities',
  probs: 'probabilities',
  proba: 'probabilities',
  softmax: 'probabilities',
  label: 'labels',
  y: 'labels',
  y_true: 'labels',
  targets: 'labels',
  member: 'members',
  membership: 'members',
  memberships: 'members',
  is_member: 'members',
  group: 'groups',
  canary: 'canaries',
  gradient_norm: 'gradient_norms',
  record_id: 'record_ids',
  losses: 'loss',
  scaled_logit: 'scaled_logits',
};

/**
 * What is under another name; members first, then the others: `logits_train` and `logits_test`; one number a record
 * instead of outputs; labels of 0 where there are none.
 */
export async function adapted(source: SignalSource): Promise<AdaptedSource> {
  const named = withOwnNames(source);
  const sides = await withSidesJoined(named.source);
  const statistic = await withOutputsOfStatistic(sides.source);
  const labeled = await withLabels(statistic.source);
  return {
    ...statistic,
    ...labeled,
    notes: [named, sides, statistic, labeled].flatMap(({ notes }) => notes),
  };
}

function withOwnNames(source: SignalSource): AdaptedSource {
  const { names, path } = source;
  const given = new Map<string, string>();
  for (const name of names) {
    const own = otherNames[name];
    if (own !== undefined && !names.includes(own) && !given.has(own)) given.set(own, name);
  }
  if (given.size === 0) return { source, notes: [] };
  const taken = new Set(given.values());
  return {
    source: {
      path,
      names: [...given.keys(), ...names.filter((name) => !taken.has(name))],
      numbers: (name) => source.numbers(given.get(name) ?? name),
      texts: (name) => source.texts(given.get(name) ?? name),
      close: () => source.close(),
    },
    notes: [...given].map(([as, array]) => ({ code: 'other name', file: path, array, as })),
  };
}

async function withLabels(source: SignalSource): Promise<AdaptedSource> {
  const { names, path } = source;
  if (names.includes('labels') || !names.includes('members')) return { source, notes: [] };
  const name = ['logits', 'probabilities'].find((known) => names.includes(known));
  if (name === undefined) return { source, notes: [] };
  const noLabels = (n = 0): NumericArray => ({ dtype: 'int64', shape: [n], data: new Int32Array(n) });
  const { shape } = await source.numbers('members');
  const arrays: Record<string, NumericArray> = { labels: noLabels(shape[shape.length - 1]) };
  const population = `population_${name}`;
  if (names.includes(population) && !names.includes('population_labels')) {
    const rows = (await source.numbers(population)).shape;
    arrays.population_labels = noLabels(rows[rows.length - 2]);
  }
  return {
    source: overlaid(source, arrays, []),
    notes: [{ code: 'no labels', file: path }],
    unlabeled: true,
  };
}

/** Gives a file without labels those of another one on the same records. */
export async function withLabelsOf(source: SignalSource, from: SignalSource): Promise<SignalSource> {
  const names = ['labels', ...(from.names.includes('population_labels') ? ['population_labels'] : [])];
  const arrays: Record<string, NumericArray> = {};
  for (const name of names) arrays[name] = await read(from, name);
  return overlaid(source, arrays, []);
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

/** How people name the two sides, members first. */
const sideNames = [
  ['train', 'test'],
  ['member', 'nonmember'],
  ['members', 'nonmembers'],
  ['members', 'non_members'],
  ['in', 'out'],
] as const;

/** The arrays of both sides: logits_train and logits_test, or train_logits and test_logits. */
function sidesOf(names: readonly string[], stem: string): readonly [string, string] | undefined {
  return sideNames
    .flatMap((sides) => [sides.map((side) => `${stem}_${side}`), sides.map((side) => `${side}_${stem}`)])
    .find((pair): pair is [string, string] => pair.every((name) => names.includes(name)));
}

async function withSidesJoined(source: SignalSource): Promise<AdaptedSource> {
  const { names, path } = source;
  const stems = Object.entries(ofSides).flatMap(([name, stems]) => {
    const pair = stems.flatMap((stem) => [sidesOf(names, stem) ?? []]).find((found) => found.length > 0);
    return pair === undefined || names.includes(name)
      ? []
      : [{ name, pair: pair as readonly [string, string] }];
  });
  if (stems.length === 0) return { source, notes: [] };
  const arrays: Record<string, NumericArray | readonly string[]> = {};
  let sizes: readonly number[] = [];
  for (const {
    name,
    pair: [ofMembers, ofOthers],
  } of stems) {
    if (name === 'record_ids') {
      arrays[name] = [...(await source.texts(ofMembers)), ...(await source.texts(ofOthers))];
      continue;
    }
    const [train, test] = [await read(source, ofMembers), await read(source, ofOthers)];
    if (train.shape.length > 2 || test.shape.slice(1).join() !== train.shape.slice(1).join()) {
      throw new UserError(
        `${ofMembers} and ${ofOthers} in ${path} have the shapes [${train.shape.join(', ')}] and [${test.shape.join(', ')}], ` +
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
  const taken = stems.flatMap(({ pair }) => pair);
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
  const array = withoutLastAxis(await read(source, name));
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
  const population = `population_${name}`;
  if (names.includes(population)) {
    const values = await read(source, population);
    const z = values.shape[values.shape.length - 1];
    arrays.population_logits = twoClasses(values, name, path);
    arrays.population_labels = { dtype: 'int64', shape: [z], data: new Int32Array(z) };
  }
  return {
    source: overlaid(source, arrays, [name, `augmented_${name}`, population]),
    notes: [{ code: 'statistic alone', file: path, array: name }],
    statistic: name,
  };
}

/** [records, 1] as [records]. */
function withoutLastAxis(array: NumericArray): NumericArray {
  const { shape } = array;
  return shape.length > 1 && shape[shape.length - 1] === 1 && shape[shape.length - 2] > 1
    ? { ...array, shape: shape.slice(0, -1) }
    : array;
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
