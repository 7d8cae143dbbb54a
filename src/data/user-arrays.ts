import { UserError } from '../errors';
import type { ReadLimits } from '../platform/formats/limits';
import type { NumericArray } from '../platform/formats/raw-values';
import { openNpz, type NpzFile } from '../platform/formats/npz';
import { unknownName } from '../options';
import type { ImageShape } from './dataset';
import { planesToPixels } from './image-npz';
import { isBinary } from './content-hash';
import { numberColumns } from './scaling';
import { type FeatureColumn, sorted, type UserContent } from './table-columns';

interface ArrayOptions {
  readonly label: string;
  readonly features?: string | readonly string[];
}

/**
 * Reads features [n, d] (or pixels [n, height, width(, channels)] or [n, channels, height, width], uint8) and labels [n]
 * from an npz file. Labels may be text or numbers; each different one is a class.
 *
 * @throws UserError that names the array, and record and column of a missing or infinite value
 */
export async function readUserArrays(
  path: string,
  options: ArrayOptions,
  limits: ReadLimits,
): Promise<UserContent> {
  const npz = await openNpz(path, limits);
  try {
    if (!npz.names.includes(options.label)) {
      throw unknownName(`array of ${path}`, options.label, npz.names);
    }
    const labels = await labelTexts(npz, options.label);
    const name = await featureArray(npz, options, labels.length);
    const array = await npz.read(name);
    const classNames = sorted([...new Set(labels)]);
    const classOf = new Map(classNames.map((value, i) => [value, i]));
    const y = Int32Array.from(labels, (label) => classOf.get(label)!);
    return { ...features(`${path}: ${name}`, name, array), y, classNames };
  } finally {
    npz.close();
  }
}

async function labelTexts(npz: NpzFile, name: string): Promise<string[]> {
  const { shape, values } =
    (await npz.holds(name)) === 'text' ? await npz.readText(name) : asTexts(await npz.read(name));
  if (shape.length !== 1) {
    throw new UserError(
      `${npz.path}: ${name} has shape ${shape.join(' x ')}, but a class for each record is needed (one axis). Convert one-hot labels with argmax.`,
    );
  }
  const hole = values.findIndex((value) => value.trim() === '' || value === 'NaN');
  if (hole >= 0) throw new UserError(`${npz.path}: ${name}[${hole}] is a missing value. Nothing is guessed.`);
  return values;
}

const asTexts = ({ shape, data }: NumericArray) => ({ shape, values: Array.from(data, String) });

async function featureArray(
  npz: NpzFile,
  { label, features }: ArrayOptions,
  records: number,
): Promise<string> {
  if (features !== undefined && typeof features !== 'string') {
    throw new UserError(`${npz.path}: features must name one array of the npz file.`);
  }
  if (features !== undefined && !npz.names.includes(features)) {
    throw unknownName(`array of ${npz.path}`, features, npz.names);
  }
  const candidates: string[] = [];
  for (const name of features === undefined ? npz.names : [features]) {
    const shape = name === label ? [] : await shapeOf(npz, name);
    if (shape.length >= 2 && shape[0] === records) candidates.push(name);
  }
  if (candidates.length === 1) return candidates[0];
  throw new UserError(
    features === undefined
      ? `${npz.path} has ${candidates.length} arrays with ${records} records beside ${label} (${candidates.join(', ') || 'none'}). Name the one with the features: features.`
      : `${npz.path}: ${features} has no shape ${records} x features, although ${label} has ${records} labels.`,
  );
}

async function shapeOf(npz: NpzFile, name: string): Promise<readonly number[]> {
  // Text is no feature.
  return (await npz.holds(name)) === 'numbers' ? (await npz.header(name)).shape : [];
}

function features(
  what: string,
  name: string,
  { shape, data }: NumericArray,
): Omit<UserContent, 'y' | 'classNames'> {
  if (shape.length > 2) return pixels(what, shape, data);
  const width = shape[1];
  const bad = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new UserError(
      `${what}[${Math.floor(bad / width)}, ${bad % width}] is ${data[bad]}, but values must be there and finite. Correct it or leave the record out; nothing is guessed.`,
    );
  }
  const bytes = data instanceof Uint8Array ? data : undefined;
  const small =
    bytes ?? ((data as Float32Array).every((v) => v === 0 || v === 1) ? Uint8Array.from(data) : undefined);
  const x = small !== undefined && isBinary(small) ? small : Float32Array.from(data);
  const numbers = new Set(numberColumns({ x, features: width }));
  const columns = Array.from({ length: width }, (_, j) => {
    const kind: FeatureColumn['kind'] = numbers.has(j) ? 'number' : 'binary';
    return { name: `${name}[${j}]`, kind };
  });
  return { x, columns };
}

function pixels(
  what: string,
  shape: readonly number[],
  data: NumericArray['data'],
): { x: Uint8Array; image: ImageShape } {
  const [records, a, b, c = 1] = shape;
  const isGrayOrColour = (channels: number): boolean => channels === 1 || channels === 3;
  const last = shape.length <= 4 && isGrayOrColour(c);
  if (!(data instanceof Uint8Array) || (!last && !(shape.length === 4 && isGrayOrColour(a)))) {
    throw new UserError(
      `${what} has shape ${shape.join(' x ')}, but pixels must be uint8, records x height x width (x 1 or 3 channels). Reshape it to records x features if these are no pictures.`,
    );
  }
  if (last) return { x: data, image: { height: a, width: b, channels: c } };
  const image = { height: b, width: c, channels: a };
  const x = new Uint8Array(data.length);
  const size = a * b * c;
  for (let i = 0; i < records; i++) planesToPixels(data, i * size, x, i * size, image);
  return { x, image };
}
