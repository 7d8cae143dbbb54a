import { type BlockSpec, canonicalJson } from '../block';
import type { PlannedBlock } from '../plan';
import { readBlockFile } from '../store/block-folder';
import type { Store } from '../store/store';

/** Blocks that must be trained although the store has them of another formula. */
export interface ChangedDefense {
  /** Its name, without options. */
  readonly defense: string;
  readonly blocks: number;
}

/** Why blocks are missing: defenses that compute other values than the stored blocks of the same name and settings. */
export function changedDefenses(missing: readonly PlannedBlock[], store: Store): ChangedDefense[] {
  if (missing.length === 0) return [];
  const stored = new Set(store.blockIds().flatMap((id) => settingsIn(store, id)));
  const counts = new Map<string, number>();
  for (const { spec } of missing) {
    const { name } = spec.defense;
    if (stored.has(settingsOf(spec))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([defense, blocks]) => ({ defense, blocks }));
}

function settingsIn(store: Store, id: string): string[] {
  try {
    return [settingsOf(readBlockFile(store.blockFolder(id), id).spec)];
  } catch {
    // Broken, or removed a moment ago.
    return [];
  }
}

/** All that a block is but for what its defense computes. */
function settingsOf(spec: BlockSpec): string {
  return canonicalJson({ ...spec, behavior: undefined });
}
