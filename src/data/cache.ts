import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../platform/formats/write-file';
import { digestFile, contentHash, packContent, unpackBits, type PackedContent } from './content-hash';
import type { Content, DatasetFacts } from './dataset';

const magic = 'CCLDATA1';
const alignment = 64;
/** Magic, length of the header, SHA-256 of the header. */
const prefix = magic.length + 4 + 32;

/** A file (or a folder, by the names in it) that a cache was made from. */
const sourceState = z.object({
  path: z.string(),
  bytes: z.number(),
  modified: z.number(),
  sha256: z.string(),
});
type SourceState = z.output<typeof sourceState>;

const headerSchema = z.object({
  name: z.string(),
  revision: z.number(),
  sources: z.array(sourceState),
  records: z.number().int().nonnegative(),
  features: z.number().int().positive(),
  classes: z.number().int().positive(),
  packing: z.enum(['bits', 'uint8', 'float32']),
  image: z.object({ height: z.number(), width: z.number(), channels: z.number() }).optional(),
  officialTrain: z.number().optional(),
  classNames: z.array(z.string()).optional(),
  /** `contentHash` of what follows. */
  sha256: z.string(),
});
type Header = z.output<typeof headerSchema>;

export interface Cached {
  readonly content: Content;
  readonly sha256: string;
}

/**
 * Opens a parsed data set if it was made from just these files and is whole: magic, JSON header, features and labels,
 * with SHA-256 sums of both that are compared each time.
 *
 * @param sources where it would be read from; undefined if those files are not there any more
 * @param fits whether the sizes that the header announces are wanted, asked before anything of that size exists
 * @returns undefined if there is none, or it is stale or damaged (it is then made again)
 */
export async function openCache(
  path: string,
  facts: DatasetFacts,
  revision: number,
  sources: readonly string[] | undefined,
  fits: (records: number, features: number) => boolean = () => true,
): Promise<Cached | undefined> {
  const file = await readAll(path).catch(() => undefined);
  if (file === undefined) return undefined;
  const parsed = parse(file);
  if (parsed === undefined) return undefined;
  const { header, packed } = parsed;
  if (header.name !== facts.name || header.revision !== revision) return undefined;
  if (!fits(header.records, header.features)) return undefined;
  if (sources !== undefined && !(await isFresh(header.sources, sources))) return undefined;
  if (contentHash(packed, header) !== header.sha256) return undefined;
  const { records, features, image, officialTrain, classNames, sha256 } = header;
  return {
    content: { x: unpacked(packed, records * features), y: labels(packed), image, officialTrain, classNames },
    sha256,
  };
}

/** Writes a parsed data set beside the others, whole or not at all. */
export async function writeCache(
  path: string,
  facts: DatasetFacts,
  revision: number,
  sources: readonly string[],
  content: Content,
): Promise<void> {
  const packed = packContent(content);
  const records = content.y.length;
  const { classNames, officialTrain, image } = content;
  const classes = classNames?.length ?? facts.classes;
  const shape = { records, features: content.x.length / Math.max(1, records), classes, image };
  const header: Header = {
    name: facts.name,
    revision,
    sources: await Promise.all(sources.map(stateOf)),
    ...shape,
    image: image && { height: image.height, width: image.width, channels: image.channels },
    packing: packed.packing,
    officialTrain,
    classNames: classNames && [...classNames],
    sha256: contentHash(packed, shape),
  };
  await writeWhole(path, [encodeHeader(header), packed.x, packed.y]);
}

/** `readFile` stops at 2 GiB. */
async function readAll(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.allocUnsafeSlow((await file.stat()).size);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 2 ** 28), at);
      if (bytesRead === 0) throw new Error('the file became shorter');
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

function encodeHeader(header: Header): Buffer {
  const json = JSON.stringify(header);
  const bytes = Buffer.byteLength(json);
  const padding = (alignment - ((prefix + bytes) % alignment)) % alignment;
  const head = Buffer.alloc(prefix + bytes + padding, ' ');
  head.write(magic, 0, 'latin1');
  head.writeUInt32LE(bytes + padding, magic.length);
  head.write(json, prefix, 'utf8');
  sha256Of(head.subarray(prefix)).copy(head, magic.length + 4);
  return head;
}

function parse(file: Buffer): { header: Header; packed: PackedContent } | undefined {
  if (file.length < prefix || file.toString('latin1', 0, magic.length) !== magic) return undefined;
  const body = prefix + file.readUInt32LE(magic.length);
  if (body > file.length || body > 2 ** 26) return undefined;
  if (!sha256Of(file.subarray(prefix, body)).equals(file.subarray(magic.length + 4, prefix)))
    return undefined;
  let header: Header;
  try {
    header = headerSchema.parse(JSON.parse(file.toString('utf8', prefix, body)));
  } catch {
    return undefined;
  }
  const { records, features, packing } = header;
  const values = records * features;
  const xBytes = { bits: Math.ceil(values / 8), uint8: values, float32: 4 * values }[packing];
  if (file.length !== body + xBytes + 4 * records) return undefined;
  const x = file.subarray(body, body + xBytes);
  return { header, packed: { packing, x, y: file.subarray(body + xBytes) } };
}

const sha256Of = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

function unpacked({ packing, x }: PackedContent, length: number): Uint8Array | Float32Array {
  if (packing === 'bits') return unpackBits(x, length);
  // A large file has a buffer of its own, so that no copy is needed; a small one may lie anywhere in a shared buffer.
  if (packing === 'uint8') return new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  return new Float32Array(new Uint8Array(x).buffer);
}

function labels({ y }: PackedContent): Int32Array {
  return new Int32Array(new Uint8Array(y).buffer);
}

async function isFresh(kept: readonly SourceState[], sources: readonly string[]): Promise<boolean> {
  if (kept.length !== sources.length) return false;
  for (const [i, path] of sources.entries()) {
    const { bytes, modified, sha256, path: name } = kept[i];
    const status = await stat(path);
    if (basename(path) !== name) return false;
    if (status.isFile()) {
      if (status.size !== bytes) return false;
      // Copied or touched: the content decides.
      if (status.mtimeMs !== modified && (await digestFile(path, ['sha256'])).sha256 !== sha256) return false;
    } else if ((await stateOf(path)).sha256 !== sha256) return false;
  }
  return true;
}

async function stateOf(path: string): Promise<SourceState> {
  const status = await stat(path);
  const name = basename(path);
  if (status.isFile()) {
    const { sha256, bytes } = await digestFile(path, ['sha256']);
    return { path: name, bytes, modified: status.mtimeMs, sha256 };
  }
  // A folder of pictures: their names. Reading all of them would take as long as making the cache.
  const names = (await readdir(path, { recursive: true })).sort();
  return {
    path: name,
    bytes: names.length,
    modified: 0,
    sha256: createHash('sha256').update(names.join('\n')).digest('hex'),
  };
}

async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = join(dirname(path), `${basename(path)}.${process.pid}.tmp`);
  makeFolder(dirname(path));
  try {
    const file = await open(temporary, 'w');
    try {
      for (const part of parts) await writeAll(file, part);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** In pieces: one write takes at most 2 GiB. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  const piece = 2 ** 28;
  for (let at = 0; at < bytes.length; at += piece) {
    await file.writeFile(bytes.subarray(at, Math.min(bytes.length, at + piece)));
  }
}
