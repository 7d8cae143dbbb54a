import { createHash } from 'node:crypto';
import type { ImageShape } from './dataset';
import { isBinary, packBits } from './packed-bits';

/** How features are kept in a file: 8 zeros and ones a byte, or as they are. */
export type Packing = 'bits' | 'uint8' | 'float32';

/** Features and labels as raw bytes (little-endian), the same for equal records whatever they were read from. */
export interface PackedContent {
  readonly packing: Packing;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

export function packContent({ x, y }: { x: Uint8Array | Float32Array; y: Int32Array }): PackedContent {
  const labels = new Uint8Array(y.buffer, y.byteOffset, y.byteLength);
  if (x instanceof Float32Array) {
    return { packing: 'float32', x: new Uint8Array(x.buffer, x.byteOffset, x.byteLength), y: labels };
  }
  return isBinary(x) ? { packing: 'bits', x: packBits(x), y: labels } : { packing: 'uint8', x, y: labels };
}

/** SHA-256 of shape, features and labels, hex: the identity of a data set that comes in several layouts. */
export function contentHash(
  { packing, x, y }: PackedContent,
  shape: { records: number; features: number; classes: number; image?: ImageShape },
): string {
  const { records, features, classes, image } = shape;
  const pixels = image === undefined ? '' : ` ${image.height}x${image.width}x${image.channels}`;
  const head = `ccl-lab records ${records} ${features} ${classes} ${packing}${pixels}\n`;
  const hash = createHash('sha256').update(head);
  // One update takes at most 2 GiB.
  for (const bytes of [x, y]) {
    for (let at = 0; at < bytes.length; at += 2 ** 28) hash.update(bytes.subarray(at, at + 2 ** 28));
  }
  return hash.digest('hex');
}
