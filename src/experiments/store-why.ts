import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../errors';
import { jsonDifferences, type Difference } from '../platform/formats/json-differences';
import { decodeSafetensors } from '../platform/formats/safetensors';
import type { BlockSpec } from './block';
import { readBlockFile } from './block-folder';
import type { PlannedBlock } from './plan';
import type { Store } from './store';
import { titleOf } from './store-listing';

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
