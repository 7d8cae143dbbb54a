import * as zlib from 'node:zlib';

type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** CRC-32 as zip and gzip have it; `before` is the sum of what came before. */
export const crc32: Crc32 =
  // Node has its own from 20.15 on.
  nativeCrc32() ??
  (typeof zlib.crc32 === 'function' ? (bytes, before = 0) => zlib.crc32(bytes, before) : tableCrc32);

/** Four times as fast as Node's own (17 GB/s): what checkpoints of short epochs need. Absent from the packed commands. */
function nativeCrc32(): Crc32 | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand
    const native = require('@node-rs/crc32') as { crc32(bytes: Uint8Array, before?: number): number };
    return (bytes, before = 0) => native.crc32(bytes, before);
  } catch {
    return undefined;
  }
}

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
