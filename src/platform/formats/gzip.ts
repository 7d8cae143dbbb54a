import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors';
import { checkSize, maxMemory, shownBytes, type ReadLimits } from './limits';
import { allocate, explainedReadError, openFile } from './read-file';

export interface GunzipOptions {
  /** The exact number of bytes that the content must have. */
  readonly expectedBytes?: number;
  /** The most bytes that the content may have; the limit of memory unless given. */
  readonly maxBytes?: number;
  readonly limits?: ReadLimits;
}

/**
 * Reads a .gz file. Inflating stops at the first byte more than is allowed.
 *
 * @throws UserError if it is no whole gzip file, or its content has another size than expected or more than allowed
 */
export async function gunzip(path: string, options: GunzipOptions = {}): Promise<Uint8Array> {
  const { expectedBytes, limits } = options;
  if (expectedBytes !== undefined) checkSize(`${path}, unpacked,`, expectedBytes, limits);
  const most = Math.min(options.maxBytes ?? Infinity, maxMemory(limits));
  const all = expectedBytes === undefined ? undefined : allocate(expectedBytes, path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of gunzipped(path, { maxBytes: expectedBytes ?? most })) {
    if (all !== undefined) all.set(chunk, size);
    else chunks.push(chunk);
    size += chunk.length;
  }
  if (all === undefined) return Buffer.concat(chunks);
  if (size === all.length) return all;
  throw new UserError(
    `${path} has ${size} bytes unpacked, but must have ${all.length}. It is another or a damaged file: get it again.`,
  );
}

/**
 * The content of a .gz file, piece by piece.
 *
 * @throws UserError if it is no whole gzip file or its content is larger than `maxBytes`
 */
export async function* gunzipped(
  path: string,
  { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  const { fd } = openFile(path);
  const inflate = createGunzip({ chunkSize: 2 ** 18 });
  // Errors come out of the iteration.
  pipeline(createReadStream(path, { fd, highWaterMark: 2 ** 18 }), inflate, () => undefined);
  let size = 0;
  try {
    for await (const chunk of inflate as Readable) {
      size += (chunk as Buffer).length;
      if (size > maxBytes) {
        throw new UserError(
          `${path} unpacks to more than ${shownBytes(maxBytes)}, the most that was expected; reading stopped there. ` +
            'Check where the file comes from; if its size is right, raise --max-memory.',
        );
      }
      yield chunk as Buffer;
    }
  } catch (error) {
    throw explainedGzipError(path, error);
  }
}

/** Turns zlib's error codes into what is wrong with the file. */
export function explainedGzipError(path: string, error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  switch (code) {
    case 'Z_BUF_ERROR':
      return new UserError(`${path} is cut short: its compressed data ends too early. Get it again.`);
    case 'Z_DATA_ERROR':
      return new UserError(`${path} is no whole gzip file: ${message}. Get it again.`);
    default:
      return explainedReadError(path, error);
  }
}
