import { extname } from 'node:path';
import { badInput, UserError } from '../errors';
import { openNpz } from '../platform/formats/npz';
import type { NumericArray } from '../platform/formats/raw-values';
import { readBytes } from '../platform/formats/read-file';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from '../platform/formats/safetensors';
import { writeFileWhole } from '../platform/formats/write-file';
import type { Network, NetworkArrays, TensorInfo } from './network';
import { elements } from './network-builder';

type FileArray = Pick<NumericArray, 'data' | 'shape'>;

/** What PyTorch's wrappers put before each name: DataParallel, compile, Opacus, Lightning. */
const wrappers = ['module.', '_orig_mod.', '_module.', 'model.', 'net.'];

/** Weights of a network, e.g. the state of a training; where it keeps an average of them, that is what it releases. */
export interface ReleasedWeights {
  readonly parameters: readonly Float32Array[];
  readonly buffers: readonly Float32Array[];
  readonly ema?: readonly Float32Array[] | null;
}

/** Arrays by PyTorch's state_dict names and in its layout: dense [out, in], filters [out, in, height, width]. */
export type NamedWeights = Readonly<Record<string, NamedArray>>;

/**
 * Reads weights that PyTorch wrote, `safetensors.torch.save_file(model.state_dict(), path)` or `numpy.savez(path,
 * **{name: t.numpy() for ...})`, by their state_dict names, or those of a block in the store (`weights.safetensors`).
 * Entries `num_batches_tracked` are ignored; a prefix that all names share because the model was wrapped (module.,
 * _orig_mod., ...) is taken off.
 *
 * @param path a .safetensors or .npz file
 * @param place which model of a block with several, from 0
 * @returns the arrays in the network's order and layout
 * @throws UserError that lists missing, unexpected and mis-shaped names
 */
export async function loadWeights(network: Network, path: string, place = 0): Promise<NetworkArrays> {
  const infos = [...network.parameters, ...network.buffers];
  const arrays = withoutWrapper(ofModel(await readArrays(path), place, path), infos);
  checkNames(network, path, infos, arrays);
  return inNetworkOrder(network, Object.fromEntries(arrays));
}

/** The arrays in the network's order and layout. */
export function inNetworkOrder(
  network: Network,
  arrays: Readonly<Record<string, { readonly data: ArrayLike<number> }>>,
): NetworkArrays {
  const take = (info: TensorInfo): Float32Array => fromTorch(info, arrays[info.name].data);
  return { parameters: network.parameters.map(take), buffers: network.buffers.map(take) };
}

/**
 * Writes weights, e.g. the `state` that `train` gives, as a safetensors file with PyTorch's names and layout:
 * `model.load_state_dict(safetensors.torch.load_file(path))` takes it as it is (PyTorch then starts num_batches_tracked
 * at 0 by itself). The name and options of the network stand in the metadata, under `model`.
 *
 * @throws UserError if an array has another length than the network's, or the file cannot be written
 */
export function saveWeights(network: Network, weights: ReleasedWeights, path: string): void {
  const arrays = namedWeights(network, weights);
  writeFileWhole(path, encodeSafetensors({ arrays, metadata: { model: JSON.stringify(network.spec) } }));
}

/** @throws UserError if an array has another length than the network's */
export function namedWeights(network: Network, { parameters, buffers, ema }: ReleasedWeights): NamedWeights {
  const named = (infos: readonly TensorInfo[], values: readonly Float32Array[]) =>
    infos.map((info, i) => {
      if (values[i]?.length !== elements(info)) {
        throw badInput(
          `number of values of ${info.name}`,
          values[i]?.length,
          `must be ${elements(info)} for this ${network.spec.name}`,
          'Save weights with the network that they belong to',
        );
      }
      return [info.name, { data: toTorch(info, values[i]), shape: [...info.torchShape] }] as const;
    });
  return Object.fromEntries([
    ...named(network.parameters, ema ?? parameters),
    ...named(network.buffers, buffers),
  ]);
}

/** An array of the backend's layout in PyTorch's. */
export function torchArray({ data, shape }: NamedArray): NamedArray {
  if (shape.length !== 2 && shape.length !== 4) return { data, shape };
  const order = shape.length === 2 ? [1, 0] : [3, 2, 0, 1];
  return { data: permuted(data, shape, order), shape: order.map((axis) => shape[axis]) };
}

/** The arrays of one model, where a file of the store has several. */
function ofModel(
  arrays: ReadonlyMap<string, FileArray>,
  place: number,
  path: string,
): ReadonlyMap<string, FileArray> {
  const places = [...arrays.keys()].map((name) => /^(\d+)\//.exec(name)?.[1]);
  if (places.length === 0 || places.includes(undefined)) return arrays;
  const prefix = `${place}/`;
  const own = [...arrays].filter(([name]) => name.startsWith(prefix));
  if (own.length === 0) {
    const last = Math.max(...places.map(Number));
    throw badInput('model', place, `must be 0 .. ${last} in ${path}`, 'Name a model of the block');
  }
  return new Map(own.map(([name, array]) => [name.slice(prefix.length), array]));
}

async function readArrays(path: string): Promise<Map<string, FileArray>> {
  const kind = extname(path).toLowerCase();
  if (kind === '.safetensors') {
    const { buffer, byteOffset, byteLength } = readBytes(path);
    const file = Buffer.from(buffer, byteOffset, byteLength);
    return new Map(
      Object.entries(decodeSafetensors(file, path, { remedy: 'Export the weights again.' }).arrays),
    );
  }
  if (kind !== '.npz') {
    throw badInput(
      'file of weights',
      path,
      'must end in .safetensors or .npz',
      'In Python: safetensors.torch.save_file(model.state_dict(), "model.safetensors")',
    );
  }
  const file = await openNpz(path);
  try {
    const found = new Map<string, FileArray>();
    for (const name of file.names) if (!isCounter(name)) found.set(name, await file.read(name));
    return found;
  } finally {
    file.close();
  }
}

/** Counts steps; PyTorch uses it only for a batch norm without momentum. */
function isCounter(name: string): boolean {
  return name.endsWith('num_batches_tracked');
}

function withoutWrapper(
  arrays: ReadonlyMap<string, FileArray>,
  infos: readonly TensorInfo[],
): ReadonlyMap<string, FileArray> {
  let entries = [...arrays].filter(([name]) => !isCounter(name));
  const first = infos[0].name;
  for (let depth = 0; depth < wrappers.length && !entries.some(([name]) => name === first); depth++) {
    const prefix = wrappers.find((each) => entries.every(([name]) => name.startsWith(each)));
    if (prefix === undefined) break;
    entries = entries.map(([name, array]) => [name.slice(prefix.length), array]);
  }
  return new Map(entries);
}

function checkNames(
  network: Network,
  path: string,
  infos: readonly TensorInfo[],
  arrays: ReadonlyMap<string, FileArray>,
): void {
  const known = new Set(infos.map(({ name }) => name));
  const missing = infos.filter(({ name }) => !arrays.has(name)).map(({ name }) => name);
  const unexpected = [...arrays.keys()].filter((name) => !known.has(name));
  const misshaped = infos
    .filter(
      ({ name, torchShape }) => arrays.has(name) && arrays.get(name)!.shape.join() !== torchShape.join(),
    )
    .map(
      ({ name, torchShape }) =>
        `${name} [${arrays.get(name)!.shape.join(', ')}] instead of [${torchShape.join(', ')}]`,
    );
  const complaints = [
    listed('missing', missing),
    listed('unexpected', unexpected),
    listed('of another shape', misshaped),
  ].filter((text) => text !== '');
  if (complaints.length === 0) return;
  throw new UserError(
    `The weights in ${path} do not fit ${network.spec.name} with options ${JSON.stringify(network.spec.options)}: ` +
      `${complaints.join('; ')}. Make the network with the options (classes, widths, norm) of the exported one.`,
  );
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, 5).join(', ');
  return `${names.length} ${what} (${shown}${names.length > 5 ? ', ...' : ''})`;
}

/** A tensor of PyTorch's layout in the backend's: [out, in] to [in, out], [out, in, h, w] to [h, w, in, out]. */
export function fromTorch({ torchShape }: TensorInfo, data: ArrayLike<number>): Float32Array {
  if (torchShape.length === 2) return permuted(data, torchShape, [1, 0]);
  if (torchShape.length === 4) return permuted(data, torchShape, [2, 3, 1, 0]);
  return new Float32Array(data);
}

/** The opposite of `fromTorch`. */
export function toTorch({ shape }: TensorInfo, data: ArrayLike<number>): Float32Array {
  if (shape.length === 2) return permuted(data, shape, [1, 0]);
  if (shape.length === 4) return permuted(data, shape, [3, 2, 0, 1]);
  return new Float32Array(data);
}

/** Row-major data with its axes in another order: axis k of the result is axis order[k] of the data. */
function permuted(data: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  // Missing axes count as size 1, so that two and four axes take the same loops.
  const [a, b, c, d] = [...order.map((axis) => ({ size: shape[axis], stride: strides[axis] }))].concat(
    Array.from({ length: 4 - order.length }, () => ({ size: 1, stride: 0 })),
  );
  const result = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < a.size; i++)
    for (let j = 0; j < b.size; j++)
      for (let k = 0; k < c.size; k++) {
        const base = i * a.stride + j * b.stride + k * c.stride;
        for (let l = 0; l < d.size; l++) result[at++] = data[base + l * d.stride];
      }
  return result;
}
