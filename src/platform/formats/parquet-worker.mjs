// Reads one Parquet file in a thread of its own, which may run out of memory or time without harm to the program:
// hyparquet trusts the sizes, counts and run lengths in a file. Plain JavaScript, since a thread starts without tsx.
import { readSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** What a value takes while it is read: in a list, with its levels, and in the result. */
const valueBytes = 24;
/** Of the directory in memory, for each of its bytes, at most. */
const directoryFactor = 64;

/** A reason that is meant for people; any other error is told as a damaged file. */
class Refused extends Error {}
const refuse = (reason) => {
  throw new Refused(reason);
};

/**
 * Answers: first { values }, the number of values that the file promises; then { table } or { refused: reason } or
 * { missing: column, known } or { inexact: { column, row, value } } or { damaged: true }.
 */
async function answer({ fd, size, columns, maxMemory }) {
  try {
    parentPort.postMessage(await read(fileBuffer(fd, size), columns, maxMemory));
  } catch (error) {
    if (error instanceof Refused) parentPort.postMessage({ refused: error.message });
    else parentPort.postMessage(error.found ?? { damaged: true });
  }
}

/** What hyparquet reads a file by. */
function fileBuffer(fd, byteLength) {
  return {
    byteLength,
    slice(start, end = byteLength) {
      if (!(start >= 0 && start <= end && end <= byteLength)) refuse('it points beyond its own end');
      const bytes = new Uint8Array(end - start);
      for (let done = 0; done < bytes.length;) {
        const count = readSync(fd, bytes, done, Math.min(bytes.length - done, 2 ** 26), start + done);
        if (count === 0) refuse('it became shorter while it was read');
        done += count;
      }
      return bytes.buffer;
    },
  };
}

async function read(file, columns, maxMemory) {
  const { parquetMetadataAsync, parquetRead, parquetSchema } = await import('hyparquet');
  checkEnd(file, maxMemory);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const tree = parquetSchema(metadata).children;
  const all = tree.map(({ element }) => element.name);
  if (new Set(all).size < all.length) refuse('two of its columns have the same name');
  const known = new Set(all);
  for (const name of columns ?? []) {
    if (!known.has(name)) throw Object.assign(new Error(), { found: { missing: name, known: all } });
  }
  const asked = columns && new Set(columns);
  const wanted = tree.filter(({ element }) => asked === undefined || asked.has(element.name));
  const names = wanted.map(({ element }) => element.name);
  const rows = checkAnnounced(file, metadata, new Set(names), maxMemory);
  const values = new Map(names.map((name) => [name, []]));
  if (names.length > 0 && rows > 0) {
    const compressors = await boundedCompressors();
    await parquetRead({
      file,
      metadata,
      ...(asked && { columns: names }),
      compressors,
      utf8: false,
      onChunk: ({ columnName, columnData }) => {
        const list = values.get(columnName);
        for (const value of columnData) list.push(value);
      },
    });
  }
  const out = wanted.map(({ element }) => {
    const list = values.get(element.name);
    if (list.length !== rows) refuse(`one of its columns has ${list.length} values for ${rows} rows`);
    return columnOf(list, kindOf(element), element.name);
  });
  return { table: { names, rows, columns: out } };
}

/** Checks the end of the file, where its directory stands, before that is parsed. */
function checkEnd(file, maxMemory) {
  const end = Buffer.from(file.slice(file.byteLength - 8));
  if (end.toString('latin1', 4) !== 'PAR1')
    refuse('it does not end with PAR1, so it is cut short or of another kind');
  const length = end.readUInt32LE(0);
  const most = Math.min(file.byteLength - 12, Math.max(maxMemory / directoryFactor, 2 ** 16));
  if (length > most) refuse(`its directory would have ${length} bytes, but ${Math.floor(most)} are the most`);
}

/** Compares what the directory announces with the limit, before anything is unpacked; answers with the rows. */
function checkAnnounced(file, { num_rows, row_groups }, names, maxMemory) {
  let rows = 0;
  let bytes = 0;
  let values = 0;
  for (const { num_rows: inGroup, columns } of row_groups) {
    rows += Number(inGroup);
    for (const { meta_data: meta } of columns) {
      if (meta === undefined) refuse('a column is encrypted or not described');
      if (!names.has(meta.path_in_schema[0])) continue;
      const count = Number(meta.num_values);
      const unpacked = Number(meta.total_uncompressed_size);
      const packed = Number(meta.total_compressed_size);
      if (!(count >= 0 && unpacked >= 0 && packed >= 0 && packed <= file.byteLength)) {
        refuse('its directory announces a column that cannot be');
      }
      values += count;
      bytes += count * valueBytes + 2 * unpacked;
    }
  }
  if (!(rows >= 0 && rows === Number(num_rows)))
    refuse(`its parts have ${rows} rows in all, but it announces ${num_rows}`);
  if (bytes > maxMemory) refuse('memory');
  parentPort.postMessage({ values });
  return rows;
}

/** Decompressors that stop at the size that a page announces. */
async function boundedCompressors() {
  const lib = await import('hyparquet-compressors');
  const bounded = (unpack) => (input, length) => unpack(input, { maxOutputLength: Math.max(length, 1) });
  return {
    SNAPPY: lib.decompressSnappy,
    GZIP: bounded(gunzipSync),
    BROTLI: bounded(brotliDecompressSync),
    ZSTD: (input, length) => lib.decompressZstd(input, new Uint8Array(length)),
    LZ4: lib.decompressLz4,
    LZ4_RAW: lib.decompressLz4Raw,
  };
}

function kindOf({ type, converted_type, logical_type }) {
  const unsigned =
    converted_type === 'UINT_32' || (logical_type?.type === 'INTEGER' && logical_type.isSigned === false);
  return { type, unsigned, half: logical_type?.type === 'FLOAT16' };
}

/** Values of one column in the narrowest form that holds them. */
function columnOf(values, { type, unsigned, half }, name) {
  const plain = values.map((value, row) => plainValue(value, name, row));
  if (plain.length === 0 && type === 'BYTE_ARRAY') return plain;
  if (plain.every((value) => typeof value === 'boolean')) return Uint8Array.from(plain, Number);
  if (!plain.every((value) => typeof value === 'number')) return texts(plain) ?? plain;
  if (type === 'INT32') return unsigned ? Uint32Array.from(plain) : Int32Array.from(plain);
  return type === 'FLOAT' || half ? Float32Array.from(plain) : Float64Array.from(plain);
}

/** Bytes that are UTF-8 without exception are text that its writer did not mark as such. */
function texts(values) {
  if (!values.some((value) => value instanceof Uint8Array)) return undefined;
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return values.map((value) => (value instanceof Uint8Array ? utf8.decode(value) : value));
  } catch {
    return undefined;
  }
}

function plainValue(value, name, row) {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return exactNumber(value, name, row);
  if (Array.isArray(value)) return value.map((inner) => plainValue(inner, name, row));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Array.from(value, (inner) => exactNumber(inner, name, row));
  }
  return value;
}

function exactNumber(value, column, row) {
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw Object.assign(new Error(), { found: { inexact: { column, row, value: String(value) } } });
}

parentPort.on('message', answer);
