import { closeSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors';
import { checkSize, type ReadLimits } from '../platform/formats/limits';
import { checkDataBytes, decodeNpy, decodeNpyText } from '../platform/formats/npy';
import {
  holdsOf,
  npyHeaderRoom,
  numericHeader,
  parseNpyHeader,
  type NpyHeader,
} from '../platform/formats/npy-header';
import { type NumericArray, fromRaw, itemSize, memorySize, valuesOf } from '../platform/formats/raw-values';
import { openFile, readBytes } from '../platform/formats/read-file';
import { missingArray, type SignalSource } from './signal-source';

/** A folder with one .npy file for each array, read slice by slice as an .npz is. */
export function npyFolderSource(folder: string, limits: ReadLimits): SignalSource {
  const names = npyFiles(folder).map((file) => basename(file, '.npy'));
  const pathOf = (name: string): string => {
    if (!names.includes(name)) throw missingArray(folder, name, names);
    return join(folder, `${name}.npy`);
  };
  const read = async (name: string): Promise<NumericArray> =>
    decodeNpy(readBytes(pathOf(name), limits), pathOf(name), limits);
  return {
    path: folder,
    names,
    async numbers(name) {
      const header = headerOf(pathOf(name));
      return {
        dtype: header.dtype,
        shape: header.shape,
        read: () => read(name),
        slices: () => slices(pathOf(name), header, limits),
      };
    },
    texts: async (name) => {
      const path = pathOf(name);
      const bytes = readBytes(path, limits);
      return holdsOf(parseNpyHeader(bytes, path)) === 'numbers'
        ? Array.from(decodeNpy(bytes, path, limits).data, String)
        : decodeNpyText(bytes, path, limits).values;
    },
    close: () => undefined,
  };
}

/** The .npy files of a folder, in order of their names. */
export function npyFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.npy'))
    .sort();
}

function headerOf(path: string): NpyHeader {
  const { fd, size } = openFile(path);
  try {
    const start = new Uint8Array(Math.min(size, npyHeaderRoom));
    fill(path, fd, start, 0);
    const header = numericHeader(parseNpyHeader(start, path), path);
    checkDataBytes(path, header.shape, itemSize[header.dtype], size - header.dataOffset);
    return header;
  } finally {
    closeSync(fd);
  }
}

async function* slices(path: string, header: NpyHeader, limits: ReadLimits): AsyncIterable<NumericArray> {
  const { dtype, shape, bigEndian, fortranOrder, dataOffset } = header;
  const inner = shape.slice(1);
  const length = valuesOf(inner);
  if (fortranOrder && shape.length > 1) {
    const { data } = decodeNpy(readBytes(path, limits), path, limits);
    for (let i = 0; i < shape[0]; i++) {
      yield { dtype, shape: inner, data: data.subarray(i * length, (i + 1) * length) };
    }
    return;
  }
  checkSize(`A slice of ${path}`, length * memorySize(dtype), limits);
  const bytes = length * itemSize[dtype];
  const { fd } = openFile(path);
  try {
    for (let i = 0; i < shape[0]; i++) {
      const raw = new Uint8Array(bytes);
      fill(path, fd, raw, dataOffset + i * bytes);
      yield { dtype, shape: inner, data: fromRaw(raw, dtype, bigEndian, path, i * length) };
    }
  } finally {
    closeSync(fd);
  }
}

function fill(path: string, fd: number, into: Uint8Array, from: number): void {
  for (let done = 0; done < into.length;) {
    const got = readSync(fd, into, done, Math.min(into.length - done, 2 ** 30), from + done);
    if (got === 0)
      throw new UserError(`${path} became shorter while it was read. Run the same command again.`);
    done += got;
  }
}
