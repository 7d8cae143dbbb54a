import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Reads a file once, in pieces, into all the hashes. */
export async function hashFile(path: string, hashes: readonly Hash[]): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    for (const hash of hashes) hash.update(chunk as Buffer);
  }
}
