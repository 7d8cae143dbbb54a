import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors';
import { type Difference, jsonDifferences } from '../../platform/formats/json-text';
import { decodeSafetensors } from '../../platform/formats/safetensors';
import { type BlockSpec, blockTitle } from '../block';
import { type Keep, readBlockFile, weightsName } from './block-folder';
import { tables } from './block-tables';
import { checkBlock } from './checked-blocks';
import type { PlannedBlock } from '../plan';
import { readResultFile, resultIds } from './results';
import type { Store } from './store';

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

/** What the store takes on the disk, in bytes, by kind of file. */
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
export function verifyStore(store: Store): StoreCheck {
  const ids = store.blockIds();
  const blocks = ids.flatMap((id) => {
    const { state, why = '' } = checkBlock(store.blockFolder(id), id);
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

/** Why a block is not another one. */
export interface WhyBlock {
  readonly id: string;
  readonly title: string;
  /** Whether it is in the store. */
  readonly isThere: boolean;
  /** Blocks of the store that are most like it, with what differs: `a` in this block, `b` in the other one. */
  readonly nearest: readonly {
    readonly id: string;
    readonly title: string;
    readonly differences: readonly Difference[];
  }[];
}

/**
 * Compares a block with all others in a store, so that one sees which field kept it from being reused.
 *
 * @param name an id, or its first digits
 * @param planned blocks of studies, for ids that are not in the store
 * @param count how many of the nearest ones
 * @throws UserError if nobody knows the block, or several have these digits
 */
export function whyBlock(
  store: Store,
  name: string,
  planned: readonly Pick<PlannedBlock, 'id' | 'spec'>[] = [],
  count = 3,
): WhyBlock {
  const kept = new Map<string, BlockSpec>();
  for (const id of store.blockIds()) {
    try {
      kept.set(id, readBlockFile(store.blockFolder(id), id).spec);
    } catch {
      // A broken block is like no other.
    }
  }
  const known = new Map([...planned.map(({ id, spec }) => [id, spec] as const), ...kept]);
  for (const { id, spec } of unfinished(store)) if (!known.has(id)) known.set(id, spec);
  const id = theOne(name, [...known.keys()]);
  const spec = known.get(id)!;
  const nearest = [...kept]
    .filter(([other]) => other !== id)
    .map(([other, otherSpec]) => ({
      id: other,
      title: titleOf(otherSpec),
      differences: jsonDifferences(spec, otherSpec),
    }))
    .sort((a, b) => a.differences.length - b.differences.length || (a.id < b.id ? -1 : 1))
    .slice(0, count);
  return { id, title: titleOf(spec), isThere: kept.has(id), nearest };
}

/** Blocks that were begun: their checkpoints say what they are. */
function unfinished(store: Store): { id: string; spec: BlockSpec }[] {
  return store.checkpointFiles().flatMap(({ id, file }) => {
    try {
      const { metadata } = decodeSafetensors(existsSync(file) ? readFileSync(file) : new Uint8Array(0), file);
      const { identity } = JSON.parse(metadata.training) as { identity: BlockSpec };
      return [{ id, spec: identity }];
    } catch {
      return [];
    }
  });
}

function theOne(name: string, ids: readonly string[]): string {
  const found = /^[0-9a-f]+$/.test(name) ? ids.filter((id) => id.startsWith(name)) : [];
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new UserError(`${found.length} blocks have ids that begin with ${name}. Give more digits.`);
  }
  throw new UserError(
    `No block with the id ${name} is in the store, begun, or planned. \`ccl store ls\` lists the store; for one that is ` +
      'planned give its study with --study.',
  );
}
