import { canonicalJson } from './block';
import { hash } from './block-folder';
import type { Store } from './store';

/**
 * Raised when an attack or a summary gives something else from the same blocks. 3: intervals and notes are data. 4: records
 * are compared with equal numbers of models, and scored by what was learned without them.
 */
export const analysisRevision = 4;

/** What is computed from models that lie in a store. */
export interface ComputedFrom {
  /** `attack` for a StudyAttackResult. */
  readonly kind: string;
  /** Names of the models, the target first. */
  readonly models: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** The value that was kept in the store, or else computed and kept. */
export async function keptResult<T>(
  store: Store,
  from: ComputedFrom,
  compute: () => T | Promise<T>,
): Promise<T> {
  const key = { ...from, revision: analysisRevision };
  const kept = store.readResult(key);
  if (kept !== undefined) return kept as T;
  const value = await compute();
  store.writeResult(key, value);
  return value;
}

/** One name for many models, so that keys stay short. */
export function modelsDigest(models: readonly string[]): string {
  return hash(canonicalJson(models)).slice(0, 32);
}
