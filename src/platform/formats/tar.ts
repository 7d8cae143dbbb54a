import { closeSync, createReadStream, readSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { UserError } from '../../errors';
import { memberName, refusedMember, type ArchiveMember } from './zip-file';
import { explainedGzipError, gunzipped } from './gzip';
import { checkSize, type ReadLimits } from './limits';
import { allocate, openFile } from './read-file';

/** A member as tar-stream hands it out. */
type Entry = AsyncIterable<unknown> & { readonly header: Header };

/**
 * Members of a .tar, .tar.gz or .tgz, one after the other; folders are left out. What is compressed is told by the
 * first bytes, not by the name. Members that are not read are skipped.
 *
 * @throws UserError for absolute paths, `..`, links, devices, sparse files, members that are there twice, and damaged archives
 */
export async function* tarMembers(path: string, limits?: ReadLimits): AsyncIterable<ArchiveMember> {
  const reader = extract();
  // Errors come out of the iteration.
  pipeline(tarBytes(path), reader, () => undefined);
  const names = new Set<string>();
  try {
    for await (const entry of reader) {
      const { type } = entry.header;
      const isFile = (type === 'file' || type === 'contiguous-file') && !isSparse(entry.header);
      if (!isFile && type !== 'directory') throw refusedMember(path, entry.header.name, kindOf(entry.header));
      const name = memberName(path, entry.header.name);
      if (isFile) {
        if (names.has(name)) throw refusedMember(path, name, 'which is there twice');
        names.add(name);
        yield member(path, name, entry, limits);
      }
      // What was not read is skipped.
      entry.resume();
    }
  } catch (error) {
    throw explainedTarError(path, error);
  }
}

/** Whether GNU tar has left the holes of a file out, which only it puts back. */
function isSparse({ pax }: Header): boolean {
  return Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
}

function kindOf(header: Header): string {
  if (isSparse(header)) return 'a sparse file';
  const { type, linkname } = header;
  const target = linkname ? ` to ${JSON.stringify(linkname.slice(0, 100))}` : '';
  switch (type) {
    case 'symlink':
      return `a symbolic link${target}`;
    case 'link':
      return `a hard link${target}`;
    case 'character-device':
    case 'block-device':
      return 'a device';
    case 'fifo':
      return 'a pipe';
    default:
      return 'of a kind that is not known';
  }
}

const blockBytes = 512;

/** The unpacked bytes of the archive. */
function tarBytes(path: string): Readable {
  const { fd, size } = openFile(path);
  const start = Buffer.alloc(blockBytes);
  const end = Buffer.alloc(blockBytes);
  readSync(fd, start, 0, blockBytes, 0);
  readSync(fd, end, 0, blockBytes, Math.max(size - blockBytes, 0));
  if (start[0] === 0x1f && start[1] === 0x8b) {
    closeSync(fd);
    return Readable.from(gunzipped(path), { objectMode: false });
  }
  const why =
    start.toString('latin1', 257, 262) !== 'ustar' && !start.every((byte) => byte === 0)
      ? 'it is neither tar nor gzip'
      : size < 2 * blockBytes || size % blockBytes !== 0 || end.some((byte) => byte !== 0)
        ? 'it does not end as such an archive does, so it is cut short'
        : undefined;
  if (why === undefined) return createReadStream(path, { fd, highWaterMark: 2 ** 18 });
  closeSync(fd);
  throw new UserError(`${path} is no whole tar archive: ${why}. Get it again.`);
}

function member(path: string, name: string, entry: Entry, limits: ReadLimits | undefined): ArchiveMember {
  const size = entry.header.size;
  const where = `${name} in ${path}`;
  return {
    name,
    size,
    read: async () => {
      checkSize(where, size, limits);
      const all = allocate(size, where);
      let done = 0;
      for await (const chunk of pieces(path, entry)) {
        all.set(chunk, done);
        done += chunk.length;
      }
      if (done === size) return all;
      throw explainedTarError(path, new Error(`${name} ends after ${done} of ${size} bytes`));
    },
    stream: () => Readable.from(pieces(path, entry), { objectMode: false }),
  };
}

async function* pieces(path: string, entry: Entry): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of entry) yield chunk as Uint8Array;
  } catch (error) {
    throw explainedTarError(path, error);
  }
}

function explainedTarError(path: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const explained = explainedGzipError(path, error);
  if (explained instanceof UserError) return explained;
  const { code, message } = error as { code?: string; message: string };
  if (code !== undefined && !code.startsWith('ERR_')) return error;
  return new UserError(
    `${path} is no whole tar archive: ${message === 'Unexpected end of data' ? 'it is cut short' : message}. Get it again.`,
  );
}
