import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeQuietly, writeFileWhole } from '../platform/formats/write-file';
import type { PlannedBlock } from './plan';
import type { Store } from './store';

/** The last failure of a block that is not in the store. */
export interface BlockFailure {
  readonly title: string;
  readonly message: string;
  /** Stack of the error, or the last lines that a process wrote before it died. */
  readonly log: string;
}

/** Keeps what went wrong with a block until it is trained; if that cannot be written, the error is told all the same. */
export function writeFailure(store: Store, { id, title }: PlannedBlock, error: Error): void {
  if (store.isReadOnly) return;
  const failure: BlockFailure = { title, message: error.message, log: error.stack ?? error.message };
  try {
    writeFileWhole(failureFile(store, id), `${JSON.stringify(failure)}\n`);
  } catch {
    // Only a note.
  }
}

/** Null if the last attempt at the block did not fail. */
export function readFailure(store: Store, id: string): BlockFailure | null {
  try {
    return JSON.parse(readFileSync(failureFile(store, id), 'utf8')) as BlockFailure;
  } catch {
    return null;
  }
}

export function forgetFailure(store: Store, id: string): void {
  if (!store.isReadOnly) removeQuietly(failureFile(store, id));
}

/** Where the log of a failed block lies. */
export function failureFile(store: Store, id: string): string {
  return join(store.folder, 'failures', `${id}.json`);
}
