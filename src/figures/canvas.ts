import { deflateSync } from 'node:zlib';
import { crc32 } from '../platform/formats/crc32';
import { textWidth } from './text';

/** What Plotly asks of a canvas: to measure texts, and to hold the pixels of a heat map. */
export interface CanvasElement {
  readonly width: number;
  readonly height: number;
}

const drawn = new WeakMap<object, Uint8ClampedArray>();

/** The 2d context of a canvas that no browser draws: text in the font size that `font` names, opaque rectangles. */
export function canvasContext(canvas: CanvasElement): object {
  const { width, height } = canvas;
  const pixels = (): Uint8ClampedArray => {
    const known = drawn.get(canvas);
    if (known) return known;
    const fresh = new Uint8ClampedArray(4 * width * height);
    drawn.set(canvas, fresh);
    return fresh;
  };
  const context = {
    font: '12px sans-serif',
    fillStyle: '',
    measureText: (text: string): { width: number } => {
      const size = /([\d.]+)px/.exec(context.font);
      return { width: textWidth(text, size === null ? 12 : Number(size[1]), /\bbold\b/.test(context.font)) };
    },
    createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(4 * w * h) }),
    putImageData: ({ data }: { readonly data: Uint8ClampedArray }): void => pixels().set(data),
    fillRect: (x: number, y: number, w: number, h: number): void => {
      const [r, g, b, a = 1] = (context.fillStyle.match(/[\d.]+/g) ?? ['0', '0', '0']).map(Number);
      const all = pixels();
      for (let row = Math.max(0, y); row < Math.min(height, y + h); row++) {
        for (let column = Math.max(0, x); column < Math.min(width, x + w); column++) {
          all.set([r, g, b, 255 * a], 4 * (Math.floor(row) * width + Math.floor(column)));
        }
      }
    },
  };
  return context;
}

/** The canvas as a PNG in a data URL. */
export function canvasDataUrl(canvas: CanvasElement): string {
  const { width, height } = canvas;
  const pixels = drawn.get(canvas) ?? new Uint8ClampedArray(4 * width * height);
  const rows = Buffer.alloc((4 * width + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(4 * width * y, 4 * width * (y + 1)), (4 * width + 1) * y + 1);
  }
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  // 8 bits, RGBA.
  size.set([8, 6], 8);
  const png = Buffer.concat([
    pngSignature,
    pngChunk('IHDR', size),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${png.toString('base64')}`;
}

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A part of a PNG file: length, type, data, checksum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
