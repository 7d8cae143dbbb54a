import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store';

/** A finished block as it goes through Ray's object store: its files in base64. */
export interface PackedBlock {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
}

/** The files of a finished block. */
export function packBlock(store: Store, id: string): PackedBlock {
  const folder = store.blockFolder(id);
  const files = readdirSync(folder).map((name) => [
    name,
    readFileSync(join(folder, name)).toString('base64'),
  ]);
  return { id, files: Object.fromEntries(files) as PackedBlock['files'] };
}

/** Puts such a block into a store, whole or not at all. */
export function unpackBlock(store: Store, { id, files }: PackedBlock): void {
  const entries = Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const);
  store.writeEncoded(id, Object.fromEntries(entries));
}
