import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { explainedWriteError, makeFolder } from '../../platform/formats/write-file';
import { hash, readBlockFile, readChecked, type BlockFile } from './block-folder';
import { tables } from './block-tables';
import { attackRow, encodeRows, type Row, runRows } from './catalog-rows';
import { fileList, runSql } from './duckdb';
import { readResultFile, resultIds } from './results';
import type { Store } from './store';

/** The tables that a store is asked in, a Parquet file each. */
export const tableNames = ['runs', 'epochs', 'records', 'losses', 'attacks'] as const;
export type TableName = (typeof tableNames)[number];

/** All that the tables are made of. */
export interface Catalog {
  /** With the file of each table in which something is. */
  readonly folder: string;
  /** Blocks whose records and losses are so large that they are read where they lie. */
  readonly large: readonly string[];
}

interface Manifest {
  readonly schema: typeof catalogSchema;
  /** What is in it: blocks with the looks of their folders, results with an empty text. */
  readonly holds: Readonly<Record<string, string>>;
  readonly large: readonly string[];
  /** Checksums of its files. */
  readonly sha256: Readonly<Record<string, string>>;
}

// Raised when the columns of a table change.
const catalogSchema = 'ccl-lab/catalog/3';
const manifestName = 'manifest.json';
const resultLooks = '';
/** Bytes of a file whose checksum is compared before each query; larger ones take too long. */
const hashedBytes = 2 ** 26;
/** Records and losses of a block with more bytes are not copied. */
const largeBytes = 2 ** 18;

/**
 * Brings the catalog of a store up to date. Opening a file costs far more than reading a few rows, so the tables of
 * thousands of small blocks are kept in one file a table; when something comes or goes, DuckDB writes them anew from what
 * they held and from the files of the new blocks. It is only a memory: it can be deleted at any time, and the blocks decide.
 *
 * @param at where the catalog lies; for a store that is only read, a temporary folder
 * @throws UserError if the disk is full
 */
export async function updateCatalog(store: Store, at = join(store.folder, 'catalog')): Promise<Catalog> {
  const present = presentIn(store);
  const old = largest(at);
  const held = Object.entries(old?.manifest.holds ?? {});
  const gone = held.flatMap(([id, looks]) => (present.get(id) === looks ? [] : [id]));
  const kept = held.filter(([id, looks]) => present.get(id) === looks).map(([id]) => id);
  const known = new Set(kept);
  const missing = [...present.keys()].filter((id) => !known.has(id));
  const found = findNew(store, missing, present);
  const isSame = gone.length === 0 && found.blocks.length === 0 && found.attacks.size === 0;
  if (isSame) return { folder: old?.folder ?? at, large: old?.manifest.large ?? [] };
  const ids = [...kept, ...found.blocks.map(({ id }) => id), ...found.attacks.keys()];
  const large = [
    ...(old?.manifest.large ?? []).filter((id) => known.has(id)),
    ...found.blocks.filter(({ isLarge }) => isLarge).map(({ id }) => id),
  ];
  const holds = Object.fromEntries(ids.map((id) => [id, present.get(id)!]));
  const folder = await write(at, { holds, large }, (name, to) => {
    const before = old && { file: join(old.folder, `${name}.parquet`), gone };
    return copyOf(name, before, found, to);
  });
  // Also what other versions and processes made.
  for (const entry of foldersIn(at)) {
    if (join(at, entry) !== folder) rmSync(join(at, entry), { recursive: true, force: true });
  }
  return { folder, large };
}

/** A folder for the catalog of a store that is only read; `remove` it afterwards. */
export function catalogPlace(store: Store): { readonly folder: string; remove(): void } {
  if (!store.isReadOnly) return { folder: join(store.folder, 'catalog'), remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'ccl-catalog-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Ids with what a block's folder looks like: a block is never changed, only removed and written anew. */
function presentIn(store: Store): Map<string, string> {
  const present = new Map(resultIds(store.resultsFolder).map((id) => [id, resultLooks]));
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

interface Known {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Of several that processes made at once the one that holds most. */
function largest(at: string): Known | undefined {
  const known = foldersIn(at).flatMap((name): (Known & { readonly size: number })[] => {
    const manifest = readManifest(join(at, name));
    if (manifest === null) return [];
    return [{ folder: join(at, name), manifest, size: Object.keys(manifest.holds).length }];
  });
  return known.sort((a, b) => b.size - a.size)[0];
}

function foldersIn(at: string): string[] {
  try {
    return readdirSync(at, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
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

interface FoundBlock {
  readonly id: string;
  readonly at: string;
  readonly block: BlockFile;
  readonly isLarge: boolean;
}

interface Found {
  readonly blocks: readonly FoundBlock[];
  /** Rows of the table `attacks`, by the result's id. */
  readonly attacks: ReadonlyMap<string, readonly Row[]>;
}

/** What is new and whole; broken blocks and results are left out. */
function findNew(store: Store, ids: readonly string[], present: ReadonlyMap<string, string>): Found {
  const attacks = new Map<string, readonly Row[]>();
  const blocks: FoundBlock[] = [];
  for (const id of ids) {
    if (present.get(id) === resultLooks) {
      const result = readResultFile(store.resultsFolder, id);
      if (result !== undefined) attacks.set(id, attackRow(id, result));
      continue;
    }
    const at = store.blockFolder(id);
    try {
      const block = readBlockFile(at, id);
      let size = 0;
      for (const { file } of Object.values(tables)) {
        if (!(file in block.sha256)) continue;
        const { length } = readChecked(at, block, file);
        if (file !== tables.epochs.file) size += length;
      }
      blocks.push({ id, at, block, isLarge: block.keep === 'all' && size > largeBytes });
    } catch {
      // Broken, or removed a moment ago.
    }
  }
  return { blocks, attacks };
}

/** The statement that writes one table: what it held, without what is gone, and what is new. */
async function copyOf(
  name: TableName,
  before: { readonly file: string; readonly gone: readonly string[] } | undefined,
  { blocks, attacks }: Found,
  to: string,
): Promise<string[]> {
  const sources: string[] = [];
  if (before !== undefined && existsSync(before.file)) {
    const own = name === 'attacks' ? 'result' : 'block';
    const gone = ["''", ...before.gone.map((id) => `'${id}'`)].join();
    sources.push(`select * from read_parquet(${fileList([before.file])}) where ${own} not in (${gone})`);
  }
  if (name === 'runs' || name === 'attacks') {
    const rows =
      name === 'runs' ? blocks.flatMap(({ id, block }) => runRows(id, block)) : [...attacks.values()].flat();
    if (rows.length > 0) {
      writeFileSync(`${to}.piece`, await encodeRows(rows));
      sources.push(`select * from read_parquet(${fileList([`${to}.piece`])})`);
    }
  } else {
    const { file } = tables[name];
    const files = blocks
      .filter(({ block, isLarge }) => file in block.sha256 && !(isLarge && name !== 'epochs'))
      .map(({ at }) => join(at, file));
    if (files.length > 0) sources.push(ofBlocks(files));
  }
  if (sources.length === 0) return [];
  return [
    `copy (${sources.join(' union all by name ')}) to ${quoted(to)} (format parquet, compression zstd)`,
  ];
}

/** The rows of a table in the files of single blocks, whose ids stand in the paths. */
export const ofBlocks = (files: readonly string[]): string =>
  `select regexp_extract(filename, '([0-9a-f]{32})[/\\\\][^/\\\\]+$', 1) as block, * exclude (filename)
   from read_parquet(${fileList(files)}, filename = true, union_by_name = true)`;

const quoted = (text: string): string => `'${text.replace(/'/g, "''")}'`;

/** Made under a temporary name and renamed. @returns the folder */
async function write(
  at: string,
  what: Pick<Manifest, 'holds' | 'large'>,
  copy: (name: TableName, to: string) => Promise<string[]>,
): Promise<string> {
  const name = randomBytes(16).toString('hex');
  const temporary = join(at, `.${name}.tmp`);
  try {
    makeFolder(temporary);
    const copies: string[] = [];
    for (const table of tableNames) copies.push(...(await copy(table, join(temporary, `${table}.parquet`))));
    await runSql(...copies);
    const sha256: Record<string, string> = {};
    for (const file of readdirSync(temporary)) {
      const path = join(temporary, file);
      if (file.endsWith('.piece')) rmSync(path);
      else sha256[file] = hash(readFileSync(path));
    }
    const manifest: Manifest = { schema: catalogSchema, ...what, sha256 };
    writeFileSync(join(temporary, manifestName), JSON.stringify(manifest));
    renameSync(temporary, join(at, name));
    return join(at, name);
  } catch (error) {
    throw explainedWriteError(at, error);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
