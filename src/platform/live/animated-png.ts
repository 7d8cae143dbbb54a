import { pngChunk, pngSignature } from '../../figures/canvas';

/**
 * One PNG that runs through pictures of the same size without end (APNG, part of the PNG specification since its third
 * edition, W3C 2025). The first picture is the one that viewers without animation show. Later frames hold only the
 * pixels that changed, since most of a chart stays as it is.
 *
 * @param pictures opaque PNGs of one size, at least one
 */
export async function animatedPng(
  pictures: readonly Uint8Array[],
  secondsPerFrame: number,
): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const raw = await Promise.all(
    pictures.map((png) => sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  const { width, height } = raw[0].info;
  const encode = async (pixels: Uint8Array): Promise<PngChunk[]> =>
    chunksOf(
      await sharp(pixels, { raw: { width, height, channels: 4 } })
        .png({ compressionLevel: 9 })
        .toBuffer(),
    );
  const milliseconds = Math.round(secondsPerFrame * 1000);
  const out: Uint8Array[] = [pngSignature];
  let sequence = 0;
  for (let i = 0; i < raw.length; i++) {
    const pixels = raw[i].data;
    const chunks = await encode(i === 0 ? pixels : difference(raw[i - 1].data, pixels));
    if (i === 0) {
      out.push(pngChunk('IHDR', chunks.find(({ type }) => type === 'IHDR')!.data));
      if (raw.length > 1) out.push(pngChunk('acTL', words(raw.length, 0)));
    }
    if (raw.length > 1)
      out.push(pngChunk('fcTL', frameControl(sequence++, width, height, milliseconds, i > 0)));
    for (const { data } of chunks.filter(({ type }) => type === 'IDAT')) {
      out.push(i === 0 ? pngChunk('IDAT', data) : pngChunk('fdAT', Buffer.concat([words(sequence++), data])));
    }
  }
  out.push(pngChunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(out);
}

interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Pixels RGBA that turn one picture into the next when drawn over it: transparent where nothing changed. */
function difference(before: Uint8Array, after: Uint8Array): Uint8Array {
  const changed = Buffer.alloc(after.length);
  for (let i = 0; i < after.length; i += 4) {
    const same = before[i] === after[i] && before[i + 1] === after[i + 1] && before[i + 2] === after[i + 2];
    if (!same) changed.set(after.subarray(i, i + 4), i);
  }
  return changed;
}

function chunksOf(png: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = pngSignature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, i) => bytes.writeUInt32BE(number, 4 * i));
  return bytes;
}

/** The whole picture, shown for some time, kept afterwards; later frames are drawn over it. */
function frameControl(
  sequence: number,
  width: number,
  height: number,
  milliseconds: number,
  over: boolean,
): Buffer {
  const delay = Buffer.alloc(4);
  delay.writeUInt16BE(milliseconds, 0);
  delay.writeUInt16BE(1000, 2);
  const keep = 0;
  return Buffer.concat([words(sequence, width, height, 0, 0), delay, Buffer.from([keep, over ? 1 : 0])]);
}
