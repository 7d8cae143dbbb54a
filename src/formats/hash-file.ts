import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { openFile } from './read-file';

/**
 * Reads a file once, in pieces, into all the hashes.
 *
 * @throws UserError if there is no such file, or it may not be read
 */
export async function hashFile(path: string, hashes: readonly Hash[]): Promise<void> {
  for await (const chunk of createReadStream(path, { fd: openFile(path).fd, highWaterMark: 2 ** 20 })) {
    for (const hash of hashes) hash.update(chunk as Buffer);
  }
}
