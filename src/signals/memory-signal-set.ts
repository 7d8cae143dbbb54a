import { badInput } from '../errors';
import {
  checkBothSides,
  checkClasses,
  checkFinite,
  checkTarget,
  takeClassLabels,
  takeZeroOne,
  type FloatArray,
} from './check-arrays';
import { logProbabilities } from './log-probabilities';
import type { SignalSet } from './signal-set';

/** Rows of M models: one array each, or all of them one after the other in one array. */
export type ModelRows = FloatArray | readonly FloatArray[];
type ZeroOne = ArrayLike<number> | readonly boolean[];

/** What `memorySignalSet` takes. Either `logits` or `probabilities`. */
export interface SignalArrays {
  /** Logits [M, n, k]: M arrays [n * k], or one array [M * n * k]. */
  readonly logits?: ModelRows;
  /** Probabilities in the same form; they become log-probabilities (see `logProbabilities`). */
  readonly probabilities?: ModelRows;
  /** True classes, [n]. */
  readonly labels: ArrayLike<number>;
  /** Membership, 1 or true = member: M arrays [n], or one array [M * n]. */
  readonly members: ZeroOne | readonly ZeroOne[];
  /** Number of classes k; only needed to check the length of the logits. */
  readonly classes?: number;
  /** The attacked model, default 0. */
  readonly target?: number;
  /** Logits on A altered copies of each record, [M, n, A, k]. */
  readonly augmented?: { readonly copies: number; readonly logits: ModelRows };
  /** Records that no model saw: labels [Z], logits [M, Z, k]. */
  readonly population?: { readonly labels: ArrayLike<number>; readonly logits: ModelRows };
  readonly groups?: readonly (string | number)[];
  readonly gradientNorms?: SignalSet['gradientNorms'];
  readonly trajectory?: SignalSet['trajectory'];
  readonly canaries?: ZeroOne;
  readonly audited?: Uint8Array;
  /** Whole numbers from 0, each once, [n]. */
  readonly recordNumbers?: Int32Array;
  readonly randomizedMembership?: boolean;
  readonly notes?: SignalSet['notes'];
}

/**
 * Makes a set of signals of arrays in memory, for tests, studies and notebooks. Arrays of floats are kept, not copied.
 *
 * @throws UserError that names array, index and rule: a length that does not fit the others, a NaN, a label outside
 *   0 .. k-1, a membership that is neither 0 nor 1, fewer than two classes, a target without members or non-members
 */
export function memorySignalSet(arrays: SignalArrays): SignalSet {
  const { target = 0, groups, gradientNorms, trajectory, canaries, audited, recordNumbers, notes } = arrays;
  const n = arrays.labels.length;
  const members = membershipRows(arrays.members, n);
  const models = members.length;
  const logits = outputRows(arrays, models, n);
  const classes = logits[0].length / n;
  const labels = takeClassLabels('labels', { data: arrays.labels }, classes);
  checkTarget(target, models);
  checkBothSides('members', target, members[target]);
  requireLength('groups', groups, n);
  requireLength('gradientNorms.values', gradientNorms?.values, n * (gradientNorms?.kinds ?? 0));
  requireLength('trajectory.logits', trajectory?.logits, n * (trajectory?.epochs ?? 0) * classes);
  requireLength('canaries', canaries, n);
  requireLength('audited', audited, n);
  requireLength('recordNumbers', recordNumbers, n);
  if (gradientNorms) checkFinite('gradientNorms.values', [], gradientNorms.values, [n, gradientNorms.kinds]);
  if (trajectory) checkFinite('trajectory.logits', [], trajectory.logits, [n, trajectory.epochs, classes]);
  return {
    models,
    n,
    classes,
    target,
    labels,
    members,
    model: (m) => ({ n, classes, logits: logits[m], labels, members: members[m] }),
    ...optionalOutputs(arrays, models, n, classes),
    ...(groups && { groups: groups.map(String) }),
    ...(gradientNorms && { gradientNorms }),
    ...(trajectory && { trajectory }),
    ...(canaries && { canaries: zeroOne('canaries', canaries, [n], '1 (a canary) or 0') }),
    ...(audited && { audited }),
    ...(recordNumbers && { recordNumbers }),
    randomizedMembership: arrays.randomizedMembership ?? false,
    ...(notes && { notes }),
  };
}

function optionalOutputs(
  { augmented, population }: SignalArrays,
  models: number,
  n: number,
  classes: number,
): Pick<SignalSet, 'augmented' | 'population'> {
  const out: { augmented?: SignalSet['augmented']; population?: SignalSet['population'] } = {};
  if (augmented) {
    const { copies } = augmented;
    const rows = rowsOf('augmented.logits', augmented.logits, models, n * copies * classes);
    rows.forEach((row, m) => checkFinite('augmented.logits', [m], row, [n, copies, classes]));
    out.augmented = { copies, model: (m) => rows[m] };
  }
  if (population) {
    const z = population.labels.length;
    const labels = takeClassLabels('population.labels', { data: population.labels }, classes);
    const rows = rowsOf('population.logits', population.logits, models, z * classes);
    rows.forEach((row, m) => checkFinite('population.logits', [m], row, [z, classes]));
    out.population = { n: z, labels, model: (m) => rows[m] };
  }
  return out;
}

function outputRows(
  { logits, probabilities, classes }: SignalArrays,
  models: number,
  n: number,
): FloatArray[] {
  const [name, given] = logits ? ['logits', logits] : ['probabilities', probabilities];
  if (given === undefined || (logits && probabilities)) {
    throw badInput(
      'the arrays given',
      given === undefined ? 'neither logits nor probabilities' : 'logits and probabilities',
      'exactly one of the two is needed',
      'Pass logits if you have them: they are the more exact',
    );
  }
  const size = classes ?? (isTyped(given) ? given.length / models : given[0]?.length) / n;
  checkClasses(name, size);
  const rows = rowsOf(name, given, models, n * size);
  if (logits) rows.forEach((row, m) => checkFinite(name, [m], row, [n, size]));
  else {
    const dtype = (row: FloatArray) => (row instanceof Float32Array ? 'float32' : 'float64');
    return rows.map((row, m) => logProbabilities(name, [m], row, [n, size], dtype(row)).logits);
  }
  return rows;
}

const isTyped = (rows: ModelRows): rows is FloatArray => ArrayBuffer.isView(rows);

function rowsOf(name: string, given: ModelRows, models: number, length: number): FloatArray[] {
  if (isTyped(given)) {
    requireLength(name, given, models * length, `${models} models x ${length}`);
    return Array.from({ length: models }, (_, m) => given.subarray(m * length, (m + 1) * length));
  }
  requireLength(name, given, models, 'one array for each row of members');
  given.forEach((row, m) => requireLength(`${name}[${m}]`, row, length));
  return [...given];
}

function membershipRows(given: SignalArrays['members'], n: number): Uint8Array[] {
  const nested = given as readonly ZeroOne[];
  if (typeof nested[0] === 'object') {
    nested.forEach((row, m) => requireLength(`members[${m}]`, row, n));
    return nested.map((row, m) => zeroOne(`members[${m}]`, row, [n]));
  }
  const flat = given as ZeroOne;
  const models = Math.max(1, Math.round(flat.length / n));
  requireLength('members', flat, models * n, `a multiple of the ${n} labels`);
  const rows = zeroOne('members', flat, [models, n]);
  return Array.from({ length: models }, (_, m) => rows.subarray(m * n, (m + 1) * n));
}

function zeroOne(name: string, given: ZeroOne, shape: readonly number[], meaning?: string): Uint8Array {
  return takeZeroOne(name, { data: Array.from(given, Number) }, shape, meaning);
}

function requireLength(
  name: string,
  array: { readonly length: number } | undefined,
  wanted: number,
  formula?: string,
): void {
  if (array === undefined || array.length === wanted) return;
  throw badInput(
    `${name}.length`,
    array.length,
    `must be ${wanted}${formula === undefined ? '' : ` (${formula})`}`,
    'Pass arrays of the same records and models, in order',
  );
}

/**
 * Signals of which only one number a model and record is known: the scaled logit, or a margin that is to be taken for one.
 * As logits of two classes, (value, 0), of which the first is the true one, they have exactly this scaled logit and this
 * margin. Attacks on p_y alone (LiRA, RMIA, the loss attack) run on them as on the whole outputs; attacks that look at the
 * other classes do not.
 *
 * @param scaledLogits M arrays [n], ln(p_y / (1 - p_y))
 * @param members M arrays [n], 1 = member
 * @throws UserError as `memorySignalSet`, e.g. for arrays of different lengths or a value that is not finite
 */
export function scaledLogitSignals(
  scaledLogits: readonly Float64Array[],
  members: readonly Uint8Array[],
): SignalSet {
  const logits = scaledLogits.map((values) => {
    const rows = new Float64Array(2 * values.length);
    values.forEach((value, i) => (rows[2 * i] = value));
    return rows;
  });
  return memorySignalSet({ logits, labels: new Int32Array(scaledLogits[0]?.length ?? 0), members });
}
