import { closeSync } from 'node:fs';
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl';
import { UserError } from '../../errors';
import { maxMemory, shownBytes, type ReadLimits } from './limits';
import { MemberBytes } from './member-bytes';
import { openFile } from './read-file';
import type { Readable } from 'node:stream';

/** A file in a zip archive, as its central directory tells. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of the content. */
  readonly size: number;
  readonly entry: Entry;
}

/** An open zip archive: random access by its central directory. */
export interface OpenZip {
  readonly path: string;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The content of a member from its start; several may be open at a time. */
  bytes(entry: ZipEntry): Promise<MemberBytes>;
  close(): void;
}

/** Deflate repeats at most 258 bytes with 2 bits. */
const largestRatio = 1032;
/** What an entry of the directory takes in memory, about. */
const entryMemory = 1024;

/**
 * Opens a zip archive (also zip64; members stored or deflated) and checks its directory: names, kinds, methods, sizes
 * that deflate can reach, no overlaps, no name twice. Nothing is inflated.
 *
 * @throws UserError that names archive and member
 */
export async function openZip(path: string, limits?: ReadLimits): Promise<OpenZip> {
  const { fd } = openFile(path);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  try {
    const zip = await fromFdPromise(fd, { autoClose: false, strictFileNames: true });
    const entries = await readDirectory(path, zip, limits);
    checkOverlaps(path, entries);
    const bytes = async (entry: ZipEntry): Promise<MemberBytes> => {
      if (!isOpen) throw new Error(`${path} is closed`);
      const { fileDataStart } = await zip
        .readLocalFileHeaderPromise(entry.entry, { minimal: true })
        .catch((error: Error) => Promise.reject(broken(path, `${entry.name}: ${error.message}`)));
      const { compressedSize, compressionMethod, crc32 } = entry.entry;
      return new MemberBytes(`${entry.name} in ${path}`, {
        fd,
        start: fileDataStart,
        length: compressedSize,
        size: entry.size,
        deflated: compressionMethod === 8,
        crc32,
      });
    };
    return { path, entries: new Map(entries.map((entry) => [entry.name, entry])), bytes, close };
  } catch (error) {
    close();
    throw error instanceof UserError ? error : broken(path, (error as Error).message);
  }
}

async function readDirectory(
  path: string,
  zip: ZipFile,
  limits: ReadLimits | undefined,
): Promise<ZipEntry[]> {
  if (zip.entryCount * entryMemory > maxMemory(limits)) {
    throw new UserError(
      `${path} says it has ${zip.entryCount} members, whose directory alone would not fit into ` +
        `${shownBytes(maxMemory(limits))}. Raise the limit with --max-memory if that is right.`,
    );
  }
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  for await (const entry of zip.eachEntry()) {
    const name = memberName(path, entry.fileName);
    if (name.endsWith('/') || name === '') continue;
    checkKind(path, name, entry);
    if (names.has(name)) throw refusedMember(path, name, 'which is there twice');
    names.add(name);
    entries.push({ name, size: entry.uncompressedSize, entry });
  }
  checkEnd(path, zip as unknown as ReadDirectory);
  return entries;
}

/** What yauzl knows when it has read the directory; the comment has one character a byte. */
interface ReadDirectory {
  readonly fileSize: number;
  readonly comment: string;
  readonly readEntryCursor: number;
}

/** An end record that counts too few members, as one of zeros does, would hide the others. */
function checkEnd(path: string, { fileSize, comment, readEntryCursor }: ReadDirectory): void {
  const [endRecord, zip64Records] = [22, 56 + 20];
  const rest = fileSize - endRecord - comment.length - readEntryCursor;
  if (rest === 0 || rest === zip64Records) return;
  throw new UserError(
    `${path} is no whole zip archive: its directory does not end where its end record begins, so members may be missing. Copy or make it again.`,
  );
}

function checkKind(path: string, name: string, entry: Entry): void {
  if (entry.isEncrypted()) throw refusedMember(path, name, 'which is encrypted');
  const method = entry.compressionMethod;
  if (method !== 0 && method !== 8) {
    throw new UserError(
      `${name} in ${path} is compressed by ${methods[method] ?? `method ${method}`}, but stored and deflated members are ` +
        'read. Pack it again, in numpy with savez or savez_compressed.',
    );
  }
  const [unix, macOs] = [3, 19];
  const madeBy = entry.versionMadeBy >>> 8;
  const kind = (entry.externalFileAttributes >>> 28) & 0xf;
  if ((madeBy === unix || madeBy === macOs) && kind !== 0 && kind !== 0x8) {
    throw refusedMember(path, name, kind === 0xa ? 'a symbolic link' : 'no ordinary file');
  }
  if (method === 8 && entry.uncompressedSize > largestRatio * (entry.compressedSize + 1)) {
    throw refusedMember(
      path,
      name,
      `which says it inflates from ${entry.compressedSize} to ${entry.uncompressedSize} bytes, more than deflate can`,
    );
  }
}

const methods: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'zstd',
  95: 'xz',
};

/** Members that share bytes make a small file inflate to a huge one. */
function checkOverlaps(path: string, entries: readonly ZipEntry[]): void {
  const localHeader = 30;
  let end = 0;
  const byOffset = [...entries].sort(
    (a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader,
  );
  for (const { name, entry } of byOffset) {
    const start = entry.relativeOffsetOfLocalHeader;
    if (start < end) throw refusedMember(path, name, 'which shares bytes with another member');
    end = start + localHeader + entry.fileNameLength + entry.compressedSize;
  }
}

function broken(path: string, why: string): UserError {
  const [, name] =
    /^(?:absolute path|invalid relative path|invalid characters in fileName): (.*)$/s.exec(why) ?? [];
  if (name !== undefined) {
    const kind = why.startsWith('absolute') ? 'an absolute path' : "a path with '..' or a backslash";
    return refusedMember(path, name, kind);
  }
  return new UserError(`${path} is no whole zip archive: ${why.replace(/\.$/, '')}. Copy or make it again.`);
}

/** A file inside an archive. It must be read, if at all, before the next one is asked for. */
export interface ArchiveMember {
  /** Relative path with forward slashes; never absolute and without `..`. */
  readonly name: string;
  /** Bytes of the content, as the archive's header says. */
  readonly size: number;
  /**
   * Reads the whole content.
   *
   * @throws UserError if it is larger than the limits allow, or not as long as the header said
   */
  read(): Promise<Uint8Array>;
  /** The content as a stream; its errors name archive and member. */
  stream(): Readable;
}

/**
 * The name of a member without `.` before it.
 *
 * @throws UserError if it leads out of the folder that the archive would be unpacked to, or has hidden characters
 */
export function memberName(archive: string, name: string): string {
  const plain = name.replace(/^(\.\/+)+/, '');
  const why = whyRefused(plain);
  if (why === undefined) return plain;
  throw refusedMember(archive, name, why);
}

function whyRefused(name: string): string | undefined {
  if (/^\/|^[a-z]:/i.test(name)) return 'an absolute path';
  if (name.split(/[/\\]/).includes('..')) return "a path with '..'";
  if (name.includes('\\')) return 'a path with a backslash';
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'a name with control characters';
  return undefined;
}

/** The error for a member that no honest archive of data has. */
export function refusedMember(archive: string, name: string, why: string): UserError {
  return new UserError(
    `${archive} has the member ${JSON.stringify(name.slice(0, 200))}, ${why}, which is refused. ` +
      'Get the archive from its official address, or pack the plain files anew.',
  );
}
