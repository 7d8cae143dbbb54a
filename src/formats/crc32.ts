import * as zlib from 'node:zlib';

/** CRC-32 as zip and gzip have it; `before` is the sum of what came before. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  // Node has its own from 20.15 on.
  typeof zlib.crc32 === 'function' ? (bytes, before = 0) => zlib.crc32(bytes, before) : tableCrc32;

let table: Int32Array | undefined;

/** The same, byte by byte. */
export function tableCrc32(bytes: Uint8Array, before = 0): number {
  table ??= Int32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
