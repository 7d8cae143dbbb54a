import type { Metadata, Sharp } from 'sharp';
import { UserError } from '../../errors';
import { crc32 } from './crc32';
import { readBytes } from './read-file';

export interface ImageOptions {
  /** The most pixels (width x height) that a picture may have; 2^26 (67 million) unless given. */
  readonly pixelLimit?: number;
  /**
   * Scale the shorter side to `shorter` (linear, the longer side rounded down), then cut a square of `crop` from the
   * middle, as torchvision's Resize and CenterCrop do.
   */
  readonly resize?: { readonly shorter: number; readonly crop: number };
  /** For messages, where bytes are given. */
  readonly name?: string;
}

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  /** RGB, 0 to 255, row by row. */
  readonly pixels: Uint8Array;
}

const defaultPixelLimit = 2 ** 26;

/**
 * Decodes a JPEG or PNG picture to RGB. Gray becomes RGB, transparency is dropped, and the orientation that a camera
 * noted is not applied, as in PIL's convert('RGB'). Width and height are checked before anything is decoded.
 *
 * @param source the bytes, or the path of a file
 * @throws UserError if it is of another kind, larger than the limits, cut short or damaged
 */
export async function decodeImage(
  source: Uint8Array | string,
  options: ImageOptions = {},
): Promise<DecodedImage> {
  const { pixelLimit = defaultPixelLimit, resize } = options;
  const name = options.name ?? (typeof source === 'string' ? source : 'the picture');
  // No picture takes more bytes than its bare pixels and some text.
  const most = 8 * pixelLimit + 2 ** 20;
  const bytes = typeof source === 'string' ? readBytes(source, { maxMemory: most }) : source;
  checkKind(bytes, name);
  if (bytes[0] === 0x89) checkPngChunks(bytes, name);
  if (resize !== undefined) checkResize(resize);
  const { default: sharp } = await import('sharp');
  try {
    // This reads the header only, so the limit comes after it, with its own message.
    const metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkPixels(metadata, pixelLimit, name);
    const picture = sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'truncated', pages: 1 });
    const { data, info } = await scaled(picture.toColourspace('srgb').removeAlpha(), metadata, resize)
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { width: info.width, height: info.height, channels: 3, pixels: new Uint8Array(data) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw undecodable(name, plainReason(error as Error));
  }
}

/** Only these two kinds are handed to the decoder; it would also take SVG, which can read other files. */
function checkKind(bytes: Uint8Array, name: string): void {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  if (start.startsWith('ffd8ff') || start.startsWith('89504e470d0a1a0a')) return;
  const found = bytes.length === 0 ? 'is empty' : `starts with the bytes ${start.slice(0, 16)}`;
  throw new UserError(
    `${name} is neither JPEG nor PNG: it ${found}. Convert it to one of them, or leave it out.`,
  );
}

/**
 * Every chunk of a PNG has a checksum (CRC-32 of its kind and content), but the decoder looks at those of some only: a
 * damaged palette would pass as other colors.
 */
function checkPngChunks(bytes: Uint8Array, name: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; ;) {
    const end = at + 12 <= bytes.length ? at + 8 + view.getUint32(at) : Infinity;
    if (end + 4 > bytes.length) throw undecodable(name, 'it is cut short');
    const kind = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw undecodable(name, `it is damaged (the checksum of its chunk ${JSON.stringify(kind)} is wrong)`);
    }
    if (kind === 'IEND') return;
    at = end + 4;
  }
}

const undecodable = (name: string, why: string): UserError =>
  new UserError(`${name} cannot be decoded: ${why}. Get it again or leave it out.`);

function checkPixels({ width, height }: Metadata, limit: number, name: string): void {
  if (width * height <= limit) return;
  throw new UserError(
    `${name} has ${width} x ${height} pixels, but the limit is ${limit} in all. Scale it down or leave it out, or raise ` +
      'pixelLimit if it is right.',
  );
}

function checkResize({ shorter, crop }: { readonly shorter: number; readonly crop: number }): void {
  if (Number.isInteger(shorter) && Number.isInteger(crop) && crop >= 1 && crop <= shorter) return;
  throw new UserError(
    `resize is ${shorter} and crop ${crop}, but both must be whole numbers of pixels with 1 <= crop <= shorter.`,
  );
}

function scaled(image: Sharp, { width, height }: Metadata, resize: ImageOptions['resize']): Sharp {
  if (resize === undefined) return image;
  const { shorter, crop } = resize;
  const short = Math.min(width, height);
  const scale = (side: number): number => Math.floor((shorter * side) / short);
  const size = { width: scale(width), height: scale(height) };
  const middle = (side: number): number => Math.round((side - crop) / 2);
  return image
    .resize({ ...size, fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
    .extract({ left: middle(size.width), top: middle(size.height), width: crop, height: crop });
}

/** The decoder's message, on one line. */
function plainReason(error: Error): string {
  const text = error.message.replace(/\s+/g, ' ').trim();
  return `${/premature end/i.test(text) ? 'it is cut short' : 'it is damaged'} (${text.slice(0, 200)})`;
}
