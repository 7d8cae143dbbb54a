import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll } from 'vitest';
import type { DatasetDefinition, DatasetFacts } from '../../src/data/dataset';

/** The definition of a real data set with small sizes and without checksums, for files that a test makes. */
export function tiny(definition: DatasetDefinition, sizes: Partial<DatasetFacts>): DatasetDefinition {
  return { ...definition, facts: { ...definition.facts, files: [], otherFiles: [], ...sizes } };
}

/** Makes new folders with files in them, and removes all of them at the end. */
export function folders(): (files: Record<string, Uint8Array | string>) => string {
  const root = mkdtempSync(join(tmpdir(), 'ccl-data-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let count = 0;
  return (files) => {
    const folder = join(root, String(count++));
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return folder;
  };
}

/** A tar archive, compressed. */
export async function tgz(members: Record<string, Uint8Array | string>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(members)) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
