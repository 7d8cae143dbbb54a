import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { explainedWriteError, makeFolder, writeFileWhole } from '../../platform/formats/write-file';
import { hash } from './block-folder';
import { writeBlockSegment, writeResultSegment } from './catalog-segments';
import type { Store } from './store';
import { resultIds } from './results';

/** Kinds of segments: tables of blocks, and tables of results. */
type SegmentKind = 'blocks' | 'results';

interface Manifest {
  readonly schema: typeof catalogSchema;
  /** What is in it: blocks with the looks of their folders, results with an empty text. */
  readonly holds: Readonly<Record<string, string>>;
  /** Blocks whose records and losses are so large that they are read where they lie. */
  readonly large: readonly string[];
  /** Checksums of its files. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** A folder with one Parquet file a table. */
export interface Segment {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** All that the tables are made of. */
export interface Catalog {
  readonly blocks: readonly Segment[];
  readonly results: readonly Segment[];
}

// Raised when the columns of a table change.
const catalogSchema = 'ccl-lab/catalog/2';
const manifestName = 'manifest.json';
/** Bytes of a file whose checksum is compared before each query; larger ones take too long. */
const hashedBytes = 2 ** 26;

/**
 * Brings the catalog of a store up to date: what is new goes into a new segment, what is gone makes its segment be made
 * again. Opening a file costs far more than reading a few rows, so the tables of thousands of small blocks are kept in
 * few files. It is only a memory: it can be deleted at any time, and the blocks decide.
 *
 * @param at where the catalog lies; for a store that is only read, a temporary folder
 * @throws UserError if the disk is full
 */
export async function updateCatalog(store: Store, at = join(store.folder, 'catalog')): Promise<Catalog> {
  const blocks = presentBlocks(store);
  const results = new Map(resultIds(store.resultsFolder).map((id) => [id, '']));
  return {
    blocks: await updateKind('blocks', blocks, store, at),
    results: await updateKind('results', results, store, at),
  };
}

/** A folder for the catalog of a store that is only read; `remove` it afterwards. */
export function catalogPlace(store: Store): { readonly folder: string; remove(): void } {
  if (!store.isReadOnly) return { folder: join(store.folder, 'catalog'), remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'ccl-catalog-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Ids of blocks with what their folder looks like: a block is never changed, only removed and written anew. */
function presentBlocks(store: Store): Map<string, string> {
  const present = new Map<string, string>();
  for (const id of store.blockIds()) {
    try {
      const { ino, mtimeMs, ctimeMs } = statSync(store.blockFolder(id));
      present.set(id, `${ino} ${mtimeMs} ${ctimeMs}`);
    } catch {
      // Removed a moment ago.
    }
  }
  return present;
}

async function updateKind(
  kind: SegmentKind,
  present: ReadonlyMap<string, string>,
  store: Store,
  at: string,
): Promise<readonly Segment[]> {
  const folder = join(at, kind);
  const { valid, stale } = readSegments(folder, present);
  stale.forEach((old) => rmSync(old, { recursive: true, force: true }));
  const known = new Set(valid.flatMap(({ manifest }) => Object.keys(manifest.holds)));
  const missing = [...present.keys()].filter((id) => !known.has(id));
  if (missing.length === 0) return valid;
  const merged = smallest(valid, missing.length);
  const wanted = [...missing, ...merged.flatMap(({ manifest }) => Object.keys(manifest.holds))];
  const added = await makeSegment(kind, new Map(wanted.map((id) => [id, present.get(id)!])), store, folder);
  if (added === null) return valid;
  merged.filter((old) => old.folder !== added.folder).forEach(remove);
  return [...valid.filter((segment) => !merged.includes(segment)), added];
}

/** Segments that are made again together with new content: none is much larger than what it is merged with. */
function smallest(segments: readonly Segment[], missing: number): Segment[] {
  const sized = segments
    .map((segment) => ({ segment, size: Object.keys(segment.manifest.holds).length }))
    .sort((a, b) => a.size - b.size);
  let total = missing;
  const merged: Segment[] = [];
  for (const { segment, size } of sized) {
    if (size > 2 * total) break;
    total += size;
    merged.push(segment);
  }
  return merged;
}

/** Segments all of whose content is still there; of two that overlap (made by two processes at once) one. */
function readSegments(
  folder: string,
  present: ReadonlyMap<string, string>,
): { readonly valid: Segment[]; readonly stale: string[] } {
  const valid: Segment[] = [];
  const stale: string[] = [];
  const taken = new Set<string>();
  for (const name of names(folder)) {
    const segment = join(folder, name);
    const manifest = readManifest(segment);
    const entries = Object.entries(manifest?.holds ?? {});
    const isValid = entries.every(([id, looks]) => present.get(id) === looks && !taken.has(id));
    if (manifest !== null && isValid) valid.push({ folder: segment, manifest });
    else stale.push(segment);
    if (isValid) entries.forEach(([id]) => taken.add(id));
  }
  return { valid, stale };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[0-9a-f]{32}$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** Null if it is of another version, or a file is damaged. */
function readManifest(folder: string): Manifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, manifestName), 'utf8')) as Manifest;
    const isWhole = Object.entries(manifest.sha256).every(([name, sha256]) => {
      const file = join(folder, name);
      return statSync(file).size > hashedBytes || hash(readFileSync(file)) === sha256;
    });
    return manifest.schema === catalogSchema && isWhole ? manifest : null;
  } catch {
    return null;
  }
}

/** Made under a temporary name and renamed; null if nothing could be read. */
async function makeSegment(
  kind: SegmentKind,
  wanted: ReadonlyMap<string, string>,
  store: Store,
  folder: string,
): Promise<Segment | null> {
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    makeFolder(temporary);
    const write = kind === 'blocks' ? writeBlockSegment : writeResultSegment;
    const { ids, large } = await write(store, [...wanted.keys()], temporary);
    if (ids.length === 0) return null;
    const holds = Object.fromEntries(ids.map((id) => [id, wanted.get(id)!]));
    const sha256 = Object.fromEntries(
      readdirSync(temporary).map((name) => [name, hash(readFileSync(join(temporary, name)))]),
    );
    const text = JSON.stringify({ schema: catalogSchema, holds, large, sha256 } satisfies Manifest);
    writeFileWhole(join(temporary, manifestName), text);
    const final = join(folder, hash(text).slice(0, 32));
    moveSegment(temporary, final);
    return { folder: final, manifest: JSON.parse(text) as Manifest };
  } catch (error) {
    throw explainedWriteError(folder, error);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function moveSegment(temporary: string, final: string): void {
  try {
    renameSync(temporary, final);
  } catch (error) {
    // Another process made the same one.
    if (readManifest(final) === null) throw error;
  }
}

function remove({ folder }: Segment): void {
  rmSync(folder, { recursive: true, force: true });
}
