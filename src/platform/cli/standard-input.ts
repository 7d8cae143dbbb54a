import { closeSync, createWriteStream, mkdtempSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors';
import { explainedWriteError } from '../formats/write-file';

/** The name by which a command is asked for standard input. */
export const standardInput = '-';

/**
 * Gives a file for `-` among others: what comes from standard input, kept in the temporary folder (TMPDIR) for as long
 * as the work takes, since readers go back and forth. Its first bytes tell of what kind it is.
 *
 * @param work hears the paths, with that of the kept file in the place of `-`
 * @throws UserError for a second `-`, where nothing is piped, or no room is left
 */
export async function withStandardInput<T>(
  files: readonly string[],
  work: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  const asked = files.filter((file) => file === standardInput).length;
  if (asked === 0) return work(files);
  if (asked > 1)
    throw new UserError('- stands for standard input, which can be read once. Leave out one of them.');
  if (process.stdin.isTTY) {
    throw new UserError(
      '- stands for standard input, but nothing is piped into it. Put e.g. `cat FILE |` in front.',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'ccl-input-'));
  try {
    const kept = join(folder, 'standard-input');
    await pipeline(process.stdin, createWriteStream(kept)).catch((error: unknown) => {
      throw explainedWriteError(kept, error);
    });
    const path = `${kept}${endingOf(firstBytes(kept))}`;
    renameSync(kept, path);
    return await work(files.map((file) => (file === standardInput ? path : file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const fd = openSync(path, 'r');
  const count = readSync(fd, bytes);
  closeSync(fd);
  return bytes.subarray(0, count);
}

function endingOf(start: Buffer): string {
  const text = start.toString('latin1');
  if (text === '') throw new UserError('Nothing came from standard input, which - stands for.');
  if (text.startsWith('PK')) return '.npz';
  if (text.startsWith('PAR1')) return '.parquet';
  if (/^(?:\u00ef\u00bb\u00bf)?\s*[{[]/.test(text)) return '.json';
  const [head] = text.split('\n');
  return head.includes('\t') && !head.includes(',') ? '.tsv' : '.csv';
}
