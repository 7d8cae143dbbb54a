import { closeSync, openSync, readSync } from 'node:fs';
import { lastEpoch } from '../training/recipe';
import { failureFile, readFailure, wholeIn } from './run-study';
import { isGone, leaseHolder } from './store/lease';
import type { Plan, PlannedBlock } from './plan';
import { missingBlocks } from './executors/executor';
import type { Store } from './store/store';

/** How a block of a study stands. */
export interface BlockStatus {
  readonly id: string;
  readonly title: string;
  /**
   * `running`: somebody holds its lease; `stopped`: a checkpoint is there, and nobody trains it; `failed`: the last attempt
   * failed; `missing`: nothing is there; `not needed`: a teacher of a finished model.
   */
  readonly state: 'done' | 'running' | 'stopped' | 'failed' | 'missing' | 'not needed';
  /** Epochs that the last checkpoint has; null without one. */
  readonly epoch: number | null;
  readonly epochs: number;
  /** Who trains it. */
  readonly holder: { readonly host: string; readonly pid: number; readonly since: string } | null;
  readonly failure: { readonly message: string; readonly log: string; readonly file: string } | null;
}

/** The states of all blocks of a plan, in its order. Nothing is waited for or changed. */
export function studyStatus(plan: Plan, store: Store): BlockStatus[] {
  const there = wholeIn(plan, store);
  const missing = new Set(missingBlocks(plan.blocks, ({ id }) => there.has(id)).map(({ id }) => id));
  return plan.blocks.map((block) => blockStatus(block, store, there.has(block.id), missing.has(block.id)));
}

function blockStatus(block: PlannedBlock, store: Store, isThere: boolean, isMissing: boolean): BlockStatus {
  const { id, title, spec } = block;
  const base = { id, title, epoch: null, epochs: lastEpoch(spec.recipe), holder: null, failure: null };
  if (isThere) return { ...base, state: 'done' };
  if (!isMissing) return { ...base, state: 'not needed' };
  const epoch = checkpointEpoch(store.checkpointFile(spec));
  const holder = leaseHolder(store.leaseFile(id));
  if (holder !== null && !isGone(holder)) {
    const { host, pid, since } = holder;
    return { ...base, state: 'running', epoch: epoch ?? 0, holder: { host, pid, since } };
  }
  const failure = readFailure(store, id);
  if (failure !== null) {
    const { message, log } = failure;
    return { ...base, state: 'failed', epoch, failure: { message, log, file: failureFile(store, id) } };
  }
  return { ...base, state: epoch === null ? 'missing' : 'stopped', epoch };
}

const longestHeader = 2 ** 26;

/** The epoch in the head of a checkpoint; null if there is none, or it is just being written. */
export function checkpointEpoch(file: string): number | null {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const size = Buffer.alloc(8);
    readSync(descriptor, size, 0, 8, 0);
    const length = Number(size.readBigUInt64LE());
    if (length > longestHeader) return null;
    const head = Buffer.alloc(length);
    readSync(descriptor, head, 0, length, 8);
    const { __metadata__: metadata } = JSON.parse(head.toString('utf8')) as {
      __metadata__: { training: string };
    };
    return (JSON.parse(metadata.training) as { epoch: number }).epoch;
  } catch {
    return null;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
