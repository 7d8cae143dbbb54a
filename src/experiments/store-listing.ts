import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blockTitle, type BlockSpec } from './block';
import { readBlockFile, weightsName, type Keep } from './block-folder';
import { tables } from './block-tables';
import { checkBlock } from './checked-blocks';
import type { Store } from './store';
import { readResultFile, resultIds } from './store-results';

/** A block in a list. */
export interface ListedBlock {
  readonly id: string;
  /** Null if its description cannot be read. */
  readonly spec: BlockSpec | null;
  readonly title: string;
  readonly keep: Keep | null;
  readonly bytes: number;
}

/** All blocks of a store, by data set, network, defense, seed and models. Files are not checked. */
export function listBlocks(store: Store): ListedBlock[] {
  const listed = store.blockIds().map((id): ListedBlock => {
    const folder = store.blockFolder(id);
    const bytes = sizeOf(folder);
    try {
      const { spec, keep } = readBlockFile(folder, id);
      return { id, spec, title: titleOf(spec), keep, bytes };
    } catch (error) {
      return { id, spec: null, title: `broken: ${(error as Error).message}`, keep: null, bytes };
    }
  });
  return listed.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
}

/** «location30, mlp, ccel alpha=0.5, seed 1, target». */
export function titleOf(spec: BlockSpec): string {
  const { data, model, defense } = spec;
  const options = Object.entries(defense.options).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return blockTitle(spec, `${data.name}, ${model.name}, ${[defense.name, ...options].join(' ')}`);
}

/** Bytes of what is in a store. */
export interface DiskUse {
  readonly blocks: number;
  readonly weights: number;
  readonly records: number;
  readonly losses: number;
  readonly epochs: number;
  readonly descriptions: number;
  readonly checkpoints: number;
  readonly results: number;
  /** Can be deleted at any time. */
  readonly catalog: number;
  /** Rests of processes that were killed, and blocks that are being written. */
  readonly temporary: number;
  readonly total: number;
}

export function diskUse(store: Store): DiskUse {
  const ids = store.blockIds();
  const of = (name: string): number =>
    ids.reduce((sum, id) => sum + sizeOf(join(store.blockFolder(id), name)), 0);
  const parts = {
    weights: of(weightsName),
    records: of(tables.records.file),
    losses: of(tables.losses.file),
    epochs: of(tables.epochs.file),
    descriptions: of('block.json'),
    checkpoints: sizeOf(join(store.folder, 'checkpoints')),
    results: sizeOf(store.resultsFolder),
    catalog: sizeOf(join(store.folder, 'catalog')),
    temporary: namesIn(join(store.folder, 'blocks'))
      .filter((name) => name.startsWith('.'))
      .reduce((sum, name) => sum + sizeOf(join(store.folder, 'blocks', name)), 0),
  };
  return { blocks: ids.length, ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/** What is wrong in a store. */
export interface StoreCheck {
  readonly blocks: number;
  readonly results: number;
  readonly broken: readonly {
    readonly kind: 'block' | 'result';
    readonly id: string;
    readonly why: string;
  }[];
}

/** Reads every file of every block and result, and compares it with its checksum. Removes nothing. */
export function verifyStore(store: Store, onBlock?: (done: number, of: number) => void): StoreCheck {
  const ids = store.blockIds();
  const blocks = ids.flatMap((id, i) => {
    const { state, why = '' } = checkBlock(store.blockFolder(id), id);
    onBlock?.(i + 1, ids.length);
    return state === 'broken' ? [{ kind: 'block' as const, id, why }] : [];
  });
  const folder = store.resultsFolder;
  const results = resultIds(folder);
  const badResults = results
    .filter((id) => readResultFile(folder, id) === undefined)
    .map((id) => ({ kind: 'result' as const, id, why: 'it is not what was written' }));
  return { blocks: ids.length, results: results.length, broken: [...blocks, ...badResults] };
}

/** Bytes of a file, or of all files in a folder; 0 if it is gone. */
export function sizeOf(path: string): number {
  if (!existsSync(path)) return 0;
  try {
    const stats = statSync(path);
    if (!stats.isDirectory()) return stats.size;
  } catch {
    return 0;
  }
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
