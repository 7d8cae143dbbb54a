import { crc32 } from './crc32';

/** Where the first chunk of a PNG file ends: 8 bytes of signature, IHDR with 13 bytes of content. */
const headEnd = 8 + 12 + 13;

/**
 * A PNG file with a text behind its head (chunk iTXt, not compressed), which does not change the picture.
 *
 * @param key a registered keyword, e.g. Software
 */
export function pngWithText(png: Uint8Array, key: string, text: string): Uint8Array {
  const content = Buffer.concat([
    Buffer.from(`iTXt${key}`, 'latin1'),
    Buffer.alloc(5),
    Buffer.from(text, 'utf8'),
  ]);
  const chunk = Buffer.alloc(content.length + 8);
  chunk.writeUInt32BE(content.length - 4, 0);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content) >>> 0, content.length + 4);
  return new Uint8Array(Buffer.concat([png.subarray(0, headEnd), chunk, png.subarray(headEnd)]));
}
