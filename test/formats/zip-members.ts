import type { ReadLimits } from '../../src/platform/formats/limits';
import { openZip } from '../../src/platform/formats/zip-file';

/** Names and contents of all members of a zip archive, in the order of its directory. */
export async function zipContents(path: string, limits?: ReadLimits): Promise<[string, Buffer][]> {
  const zip = await openZip(path, limits);
  const read: [string, Buffer][] = [];
  try {
    for (const entry of zip.entries.values()) {
      const bytes = await zip.bytes(entry);
      try {
        const all = Buffer.alloc(entry.size);
        await bytes.fill(all);
        await bytes.finish();
        read.push([entry.name, all]);
      } finally {
        bytes.close();
      }
    }
  } finally {
    zip.close();
  }
  return read;
}
