import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGone, isRunning, leaseHolder, LeaseWatch, machineMark } from './lease';
import type { Store } from './store';
import { namesIn, sizeOf } from './listing';
import { blocksOf, readResultFile, resultIds } from './results';
import { checkBlock } from './checked-blocks';

/** Something that can be removed. */
export interface Garbage {
  readonly kind: 'temporary' | 'lease' | 'checkpoint' | 'broken block' | 'block' | 'result';
  /** Within the store. */
  readonly path: string;
  readonly why: string;
  readonly bytes: number;
}

export interface GarbageOptions {
  /** Ids of blocks that are still wanted; the others go. Default: all are wanted. */
  readonly wanted?: ReadonlySet<string>;
  /** Blocks that were written longer ago go, in days by the machine's clock. */
  readonly olderDays?: number;
  /** Seconds for which a lease of another machine must stand still; default 60. Such leases alone are waited for. */
  readonly patience?: number;
}

/**
 * Finds what nobody needs: rests of killed processes, leases of the dead, checkpoints of finished blocks, broken blocks;
 * with `wanted` or `olderDays` also blocks, and results that were computed from them. A block that somebody trains is
 * left alone. Removes nothing.
 */
export async function findGarbage(store: Store, options: GarbageOptions = {}): Promise<Garbage[]> {
  const dead = await deadLeases(store, options.patience ?? 60);
  const held = new Set(leaseIds(store).filter((id) => !dead.has(id)));
  const item = (kind: Garbage['kind'], path: string, why: string): Garbage => ({
    kind,
    path,
    why,
    bytes: sizeOf(join(store.folder, path)),
  });
  const ids = store.blockIds();
  const doomed = doomedBlocks(store, ids, options).filter(({ id }) => !held.has(id));
  // A broken block is trained again, with the same bits: its results stay right.
  const gone = new Set(doomed.filter(({ kind }) => kind === 'block').map(({ id }) => id));
  return [
    ...rests(store, held).map((path) => item('temporary', path, 'a process that was killed left it')),
    ...[...dead].map((id) => item('lease', `leases/${id}.json`, 'its holder is dead')),
    ...ids
      .map((id) => `checkpoints/${id}.safetensors`)
      .filter((path) => sizeOf(join(store.folder, path)) > 0)
      .map((path) => item('checkpoint', path, 'its block is finished')),
    ...doomed.map(({ kind, id, why }) => item(kind, `blocks/${id}`, why)),
    ...uselessResults(store, gone).map(({ path, why }) => item('result', path, why)),
  ];
}

/** Removes it. Descriptions go first, so that a block is never half there. */
export function removeGarbage(store: Store, garbage: readonly Garbage[]): void {
  for (const { kind, path } of garbage) {
    const full = join(store.folder, path);
    if (kind.endsWith('block')) rmSync(join(full, 'block.json'), { force: true });
    rmSync(full, { recursive: true, force: true });
  }
}

interface DoomedBlock {
  readonly kind: 'broken block' | 'block';
  readonly id: string;
  readonly why: string;
}

function doomedBlocks(
  store: Store,
  ids: readonly string[],
  { wanted, olderDays }: GarbageOptions,
): DoomedBlock[] {
  return ids.flatMap((id): DoomedBlock[] => {
    const { state, why = '' } = checkBlock(store.blockFolder(id), id);
    if (state === 'broken') return [{ kind: 'broken block', id, why }];
    if (wanted !== undefined && !wanted.has(id)) return [{ kind: 'block', id, why: 'no study refers to it' }];
    const days = olderDays === undefined ? 0 : ageInDays(join(store.blockFolder(id), 'block.json'));
    if (olderDays === undefined || days <= olderDays) return [];
    return [{ kind: 'block', id, why: `it was written ${Math.floor(days)} days ago` }];
  });
}

function ageInDays(file: string): number {
  return (Date.now() - statSync(file).mtimeMs) / 86_400_000;
}

/** Damaged ones, and those of blocks that go. */
function uselessResults(store: Store, gone: ReadonlySet<string>): { path: string; why: string }[] {
  const folder = store.resultsFolder;
  return resultIds(folder).flatMap((id) => {
    const result = readResultFile(folder, id);
    const path = `results/${id}.json`;
    if (result === undefined) return [{ path, why: 'it is damaged' }];
    const isOrphan = blocksOf(result.key).some((block) => gone.has(block));
    return isOrphan ? [{ path, why: 'it was computed from a block that goes' }] : [];
  });
}

/** Temporary files and folders, unless somebody who lives may be writing them. */
function rests(store: Store, held: ReadonlySet<string>): string[] {
  const folders = ['blocks', 'checkpoints', 'results', 'leases', 'catalog'];
  return folders.flatMap((folder) =>
    namesIn(join(store.folder, folder))
      .filter(
        (name) => /\.(tmp|old|dead)$/.test(name) && isLeft(name, join(store.folder, folder, name), held),
      )
      .map((name) => `${folder}/${name}`),
  );
}

/** Long enough for any file to be written. */
const hour = 3_600_000;

function isLeft(name: string, path: string, held: ReadonlySet<string>): boolean {
  const [, id, mark, pid] = /^\.([0-9a-f]{32})\.([0-9a-f]{8})\.(\d+)\./.exec(name) ?? [];
  if (mark === machineMark) return !isRunning(Number(pid));
  if (held.has(id ?? name.slice(0, 32))) return false;
  try {
    return Math.abs(Date.now() - statSync(path).mtimeMs) > hour;
  } catch {
    return false;
  }
}

function leaseIds(store: Store): string[] {
  return namesIn(join(store.folder, 'leases')).flatMap(
    (name) => /^([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? [],
  );
}

async function deadLeases(store: Store, patience: number): Promise<Set<string>> {
  const ids = leaseIds(store);
  const dead = new Set(ids.filter((id) => isGone(leaseHolder(store.leaseFile(id)))));
  const undecided = ids.filter((id) => !dead.has(id));
  let open = undecided.map((id) => ({ id, watch: new LeaseWatch(store.leaseFile(id), patience) }));
  for (let waited = 0; open.length > 0 && waited <= patience + 1; waited++) {
    if (waited > 0) await sleep(1000);
    open = open.filter(({ id, watch }) => {
      const found = watch.look();
      if (found === 'dead') dead.add(id);
      return found === 'alive' && !watch.hasMoved;
    });
  }
  return dead;
}
