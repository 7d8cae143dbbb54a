import { badInput, UserError } from '../errors';
import { checkClasses } from './check-arrays';
import { missingArray, type ArraySource, type SignalSource } from './signal-source';

/** Outputs in a file: their name, and whether the first axis counts models. */
export interface OutputArray {
  readonly name: string;
  readonly array: ArraySource;
  /** False where the file leaves the axis of models out, since there is one. */
  readonly hasModels: boolean;
}

/** What the headers of a file say; no content was read yet. */
export interface FileLayout {
  readonly source: SignalSource;
  readonly models: number;
  readonly n: number;
  readonly classes: number;
  /** One output a record in the file, which becomes two classes: the last axis of 1, or none. */
  readonly single: boolean;
  /** All outputs of a file are of one kind, `augmented` and `trajectory` too. */
  readonly probabilities: boolean;
  readonly outputs: OutputArray;
  readonly augmented?: OutputArray & { readonly copies: number };
  readonly population?: OutputArray & { readonly n: number };
  /** Bytes of all outputs of many models, as float32 or float64. */
  readonly outputBytes: number;
}

/**
 * Reads the headers of a file of signals and checks that the shapes fit together.
 *
 * @throws UserError that names file, array, the shape found and the shape wanted
 */
export async function fileLayout(source: SignalSource): Promise<FileLayout> {
  const { path, names } = source;
  const probabilities = !names.includes('logits');
  const name = probabilities ? 'probabilities' : 'logits';
  if (!names.includes(name)) {
    throw missingArray(path, 'logits (or probabilities), scaled_logits, loss or confidence', names);
  }
  for (const needed of ['labels', 'members']) {
    if (!names.includes(needed)) throw missingArray(path, needed, names);
  }
  const array = await outputNumbers(source, name);
  const { shape } = array;
  const { hasModels, models, n, stored } = await outputForm(source, name, shape);
  const single = stored === 1;
  const classes = single ? 2 : stored;
  checkClasses(`${name} in ${path}`, classes);
  if (models < 1 || n < 2) throw wrongShape(source, name, shape, 'at least one model and two records');
  await checkRecordAxes(source, models, n);
  const outputs = { name, array, hasModels };
  const augmented = await augmentedLayout(source, models, n, stored);
  const population = await populationLayout(source, models, stored, probabilities);
  const outputBytes = [outputs, augmented, population].reduce((sum, out) => sum + bytesOf(out), 0);
  return {
    source,
    models,
    n,
    classes,
    single,
    probabilities,
    outputs,
    ...(augmented && { augmented }),
    ...(population && { population }),
    outputBytes,
  };
}

/** Which axes the outputs have; those of one output a record may lack the last one. */
async function outputForm(
  source: SignalSource,
  name: string,
  shape: readonly number[],
): Promise<{ hasModels: boolean; models: number; n: number; stored: number }> {
  if (shape.length === 3) return { hasModels: true, models: shape[0], n: shape[1], stored: shape[2] };
  const [records] = (await source.numbers('labels')).shape;
  if (shape.length === 2 && shape[0] !== records && shape[1] === records) {
    return { hasModels: true, models: shape[0], n: records, stored: 1 };
  }
  if (shape.length === 2) return { hasModels: false, models: 1, n: shape[0], stored: shape[1] };
  if (shape.length === 1 && shape[0] === records)
    return { hasModels: false, models: 1, n: records, stored: 1 };
  throw wrongShape(source, name, shape, '[models, records, classes] or [records, classes]');
}

async function outputNumbers(source: SignalSource, name: string): Promise<ArraySource> {
  const array = await source.numbers(name);
  if (array.dtype !== 'bool') return array;
  throw badInput(
    `the type of ${name} in ${source.path}`,
    'bool',
    'outputs of a model must be numbers',
    'Store float16, float32 or float64',
  );
}

async function checkRecordAxes(source: SignalSource, models: number, n: number): Promise<void> {
  const has = (name: string): boolean => source.names.includes(name);
  const wanted: [string, readonly number[][], string][] = [
    ['labels', [[n], [n, 1]], `[records] = [${n}]`],
    [
      'members',
      models === 1 ? [[1, n], [n], [n, 1]] : [[models, n]],
      `[models, records] = [${models}, ${n}]`,
    ],
    ['canaries', [[n], [n, 1]], `[records] = [${n}]`],
    ['randomized_membership', [[], [1]], 'one value'],
  ];
  for (const [name, shapes, meaning] of wanted) {
    if (!has(name)) continue;
    const { shape } = await source.numbers(name);
    if (!shapes.some((fit) => fit.join() === shape.join())) throw wrongShape(source, name, shape, meaning);
  }
}

async function augmentedLayout(
  source: SignalSource,
  models: number,
  n: number,
  classes: number,
): Promise<(OutputArray & { copies: number }) | undefined> {
  if (!source.names.includes('augmented')) return undefined;
  const array = await outputNumbers(source, 'augmented');
  const hasModels = array.shape.length === 4;
  const [found, copies, k] = array.shape.slice(-3);
  const rows = hasModels ? array.shape[0] : 1;
  if (array.shape.length < 3 || array.shape.length > 4 || rows !== models || found !== n || k !== classes) {
    const meaning = `[models, records, copies, classes] = [${models}, ${n}, copies, ${classes}]`;
    throw wrongShape(source, 'augmented', array.shape, meaning);
  }
  if (copies < 1) throw wrongShape(source, 'augmented', array.shape, 'at least one copy');
  return { name: 'augmented', array, hasModels, copies };
}

async function populationLayout(
  source: SignalSource,
  models: number,
  classes: number,
  probabilities: boolean,
): Promise<(OutputArray & { n: number }) | undefined> {
  const { names, path } = source;
  const name = probabilities ? 'population_probabilities' : 'population_logits';
  const other = probabilities ? 'population_logits' : 'population_probabilities';
  if (names.includes(other)) {
    throw new UserError(
      `${path} holds ${other} beside ${probabilities ? 'probabilities' : 'logits'}, but both must be of one kind. ` +
        `Store ${name}.`,
    );
  }
  if (!names.includes(name)) {
    if (names.includes('population_labels')) throw missingArray(path, name, names);
    return undefined;
  }
  if (!names.includes('population_labels')) throw missingArray(path, 'population_labels', names);
  const array = await outputNumbers(source, name);
  const hasModels = array.shape.length === 3;
  const [n, k] = array.shape.slice(-2);
  const rows = hasModels ? array.shape[0] : 1;
  if (array.shape.length < 2 || array.shape.length > 3 || rows !== models || k !== classes || n < 1) {
    const meaning = `[models, population records, classes] = [${models}, Z, ${classes}]`;
    throw wrongShape(source, name, array.shape, meaning);
  }
  const { shape } = await source.numbers('population_labels');
  if (shape.join() !== String(n)) {
    throw wrongShape(source, 'population_labels', shape, `[population records] = [${n}]`);
  }
  return { name, array, hasModels, n };
}

/** Message about a shape, the same for all arrays. */
export function wrongShape(
  { path }: SignalSource,
  name: string,
  shape: readonly number[],
  wanted: string,
): UserError {
  return new UserError(
    `the shape of ${name} in ${path} is [${shape.join(', ')}], but must be ${wanted}. ` +
      'Store all arrays for the same records and models, in the same order.',
  );
}

function bytesOf(out: OutputArray | undefined): number {
  if (out === undefined) return 0;
  const wide = out.array.dtype === 'float16' || out.array.dtype === 'float32' ? 4 : 8;
  return out.array.shape.reduce((product, size) => product * size, wide);
}
