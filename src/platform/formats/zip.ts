import { Readable } from 'node:stream';
import type { ArchiveMember } from './archive-member';
import { checkSize, type ReadLimits } from './limits';
import { allocate } from './read-file';
import { openZip, type OpenZip, type ZipEntry } from './zip-file';

/**
 * Members of a .zip one after the other, in the order of its directory; folders are left out.
 *
 * @throws UserError for absolute paths, `..`, links, encrypted members, sizes that deflate cannot reach, members that
 *   overlap or are there twice, and damaged archives
 */
export async function* zipMembers(path: string, limits?: ReadLimits): AsyncIterable<ArchiveMember> {
  const zip = await openZip(path, limits);
  try {
    for (const entry of zip.entries.values()) yield member(zip, entry, limits);
  } finally {
    zip.close();
  }
}

function member(zip: OpenZip, entry: ZipEntry, limits: ReadLimits | undefined): ArchiveMember {
  const { name, size } = entry;
  const where = `${name} in ${zip.path}`;
  return {
    name,
    size,
    read: async () => {
      checkSize(where, size, limits);
      const bytes = await zip.bytes(entry);
      try {
        const all = allocate(size, where);
        await bytes.fill(all);
        await bytes.finish();
        return all;
      } finally {
        bytes.close();
      }
    },
    stream: () => Readable.from(pieces(zip, entry), { objectMode: false }),
  };
}

const pieceBytes = 2 ** 18;

async function* pieces(zip: OpenZip, entry: ZipEntry): AsyncIterable<Uint8Array> {
  const bytes = await zip.bytes(entry);
  try {
    for (let left = entry.size; left > 0; left -= pieceBytes) {
      const piece = new Uint8Array(Math.min(left, pieceBytes));
      await bytes.fill(piece);
      yield piece;
    }
    await bytes.finish();
  } finally {
    bytes.close();
  }
}
