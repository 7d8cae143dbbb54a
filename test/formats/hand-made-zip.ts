import { crc32, deflateRawSync } from 'node:zlib';

export interface HandMadeMember {
  readonly name: string;
  readonly content: Uint8Array;
  /** 0 stored, 8 deflated (the default). */
  readonly method?: number;
  /** What the headers say, if not the truth. */
  readonly says?: { readonly size?: number; readonly packed?: number; readonly crc?: number };
  /** What lies in the archive, if not the packed content. */
  readonly packed?: Uint8Array;
  readonly flags?: number;
  /** Unix mode, e.g. 0o120777 for a symbolic link. */
  readonly mode?: number;
  /** Points at the local header of the member before. */
  readonly sharesBytes?: boolean;
}

/** A zip archive byte by byte, so that it can lie. */
export function handMadeZip(
  members: readonly HandMadeMember[],
  says: { readonly entries?: number } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let lastOffset = 0;
  for (const {
    name,
    content,
    method = 8,
    says: lies = {},
    packed: given,
    flags = 0x800,
    mode = 0o100644,
    sharesBytes,
  } of members) {
    const packed = given ?? (method === 0 ? content : deflateRawSync(content));
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(lies.crc ?? crc32(content), 10);
    common.writeUInt32LE(lies.packed ?? packed.length, 14);
    common.writeUInt32LE(lies.size ?? content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, packed]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02');
    entry.writeUInt16LE((3 << 8) | 20, 4);
    common.copy(entry, 6);
    entry.writeUInt32LE(mode * 2 ** 16, 38);
    entry.writeUInt32LE(sharesBytes === true ? lastOffset : offset, 42);
    directory.push(entry, nameBytes);
    lastOffset = offset;
    if (sharesBytes === true) continue;
    parts.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(says.entries ?? members.length, 8);
  end.writeUInt16LE(says.entries ?? members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
