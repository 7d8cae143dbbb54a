import { type BlockSpec, canonicalJson } from '../block';
import type { PlannedBlock } from '../plan';
import { readBlockFile, hash } from '../store/block-folder';
import { BlockMemory } from '../store/checked-blocks';
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
  // A block's name follows from its specification, so what is known of a name is never out of date.
  const memory = new BlockMemory(store.folder, 'settings.json', store.isReadOnly);
  const stored = new Set(store.blockIds().map((id) => memory.of(id, () => settingsIn(store, id))));
  memory.save();
  const counts = new Map<string, number>();
  for (const { spec } of missing) {
    const { name } = spec.defense;
    if (stored.has(settingsOf(spec))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([defense, blocks]) => ({ defense, blocks }));
}

/** Null for a block that is broken, or was removed a moment ago. */
function settingsIn(store: Store, id: string): string | null {
  try {
    return settingsOf(readBlockFile(store.blockFolder(id), id).spec);
  } catch {
    return null;
  }
}

/** All that a block is but for what its defense computes, hashed. */
function settingsOf(spec: BlockSpec): string {
  return hash(canonicalJson({ ...spec, behavior: undefined })).slice(0, 32);
}
