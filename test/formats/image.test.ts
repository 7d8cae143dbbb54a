import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { decodeImage } from '../../src/platform/formats/image';
import { testFolder } from './fixtures';

const folder = testFolder();
const [width, height] = [40, 30];
/** A smooth picture, so that JPEG keeps it nearly. */
const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
  const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
  return [4 * x, 6 * y, 2 * (x + y)][c];
});
const gray = pixels.subarray(0, width * height);

/** A PNG byte by byte: header of any size, then compressed rows. */
function handMadePng(w: number, h: number, rows: Uint8Array, color = 2): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(w, 0);
  header.writeUInt32BE(h, 4);
  header.set([8, color], 8);
  const start = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    start,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

let jpeg: Buffer;
let png: Buffer;
beforeAll(async () => {
  const raw = { width, height, channels: 3 as const };
  jpeg = await sharp(pixels, { raw }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  png = await sharp(pixels, { raw }).png().toBuffer();
});

describe('decodeImage', () => {
  it('reads a PNG exactly and a JPEG nearly, from bytes or a file', async () => {
    const shape = { width, height, channels: 3 };
    expect(await decodeImage(png)).toEqual({ ...shape, pixels });
    expect(await decodeImage(folder.write('a.png', png))).toEqual({ ...shape, pixels });
    const read = await decodeImage(jpeg);
    expect(read).toMatchObject(shape);
    expect(Math.max(...read.pixels.map((value, i) => Math.abs(value - pixels[i])))).toBeLessThanOrEqual(4);
  });

  it('reads bytes that it did not make: a PNG by the book', async () => {
    const read = await decodeImage(handMadePng(2, 1, Uint8Array.of(0, 1, 2, 3, 250, 251, 252)));
    expect([...read.pixels]).toEqual([1, 2, 3, 250, 251, 252]);
  });

  it('makes gray RGB and drops transparency without blending', async () => {
    const one = await decodeImage(
      await sharp(gray, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer(),
    );
    expect([...one.pixels.subarray(0, 9)]).toEqual([...gray.subarray(0, 3)].flatMap((v) => [v, v, v]));
    const clear = await decodeImage(handMadePng(1, 1, Uint8Array.of(0, 10, 20, 30, 0), 6));
    expect([...clear.pixels]).toEqual([10, 20, 30]);
    const dim = await decodeImage(handMadePng(2, 1, Uint8Array.of(0, 5, 0, 9, 255), 4));
    expect([...dim.pixels]).toEqual([5, 5, 5, 9, 9, 9]);
  });

  it("does not apply a camera's orientation, as PIL does not", async () => {
    const turned = await sharp(jpeg).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await decodeImage(turned)).toMatchObject({ width, height });
  });

  it('scales the shorter side and cuts the middle', async () => {
    const read = await decodeImage(png, { resize: { shorter: 15, crop: 10 } });
    expect(read).toMatchObject({ width: 10, height: 10 });
    // The scale is 2; pixel (x, y) of the cut shows the picture around (2 (x + 5) + 0.5, 2 (y + 2.5) + 0.5), nearly.
    const at = (x: number, y: number): number[] => [
      ...read.pixels.subarray(3 * (10 * y + x), 3 * (10 * y + x) + 2),
    ];
    for (const [x, y] of [
      [0, 0],
      [9, 0],
      [4, 9],
    ]) {
      const [red, green] = at(x, y);
      expect(Math.abs(red - 4 * (2 * (x + 5) + 0.5))).toBeLessThan(8);
      expect(Math.abs(green - 6 * (2 * (y + 3) + 0.5))).toBeLessThan(13);
    }
    await expect(decodeImage(png, { resize: { shorter: 8, crop: 9 } })).rejects.toThrow(/crop <= shorter/);
  });

  it('refuses a picture beyond the limit before it is decoded', async () => {
    await expect(decodeImage(png, { pixelLimit: 1199, name: 'x.png' })).rejects.toThrow(
      /x\.png has 40 x 30 pixels, but the limit is 1199/,
    );
    await expect(decodeImage(png, { pixelLimit: 1200 })).resolves.toMatchObject({ width });
    const bomb = handMadePng(100_000, 100_000, Buffer.alloc(1000));
    await expect(decodeImage(bomb, { name: 'bomb.png' })).rejects.toThrow(
      /bomb\.png has 100000 x 100000 pixels/,
    );
    const path = folder.write('large.png', Buffer.concat([png, Buffer.alloc(2_000_000)]));
    await expect(decodeImage(path, { pixelLimit: 1200 })).rejects.toThrow(/large\.png has 2 MB/);
  });

  it('names a picture that is cut or damaged', async () => {
    for (const part of [0.2, 0.5, 0.9]) {
      for (const [name, whole] of [
        ['a.png', png],
        ['a.jpg', jpeg],
      ] as const) {
        const cut = whole.subarray(0, Math.floor(part * whole.length));
        await expect(decodeImage(cut, { name })).rejects.toThrow(
          new RegExp(`^${name} cannot be decoded: it is cut short`),
        );
        await expect(decodeImage(cut, { name })).rejects.toThrow(UserError);
      }
    }
    const damaged = Buffer.from(png);
    damaged[damaged.length >> 1] ^= 255;
    await expect(decodeImage(damaged, { name: 'a.png' })).rejects.toThrow(
      /^a\.png cannot be decoded: it is damaged/,
    );
  });

  it.each([
    [
      'an SVG, which could read other files',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      /3c737667/,
    ],
    ['a GIF', Buffer.from('GIF89a'), /474946/],
    ['nothing', Buffer.alloc(0), /is empty/],
  ])('refuses %s', async (_what, bytes, message) => {
    await expect(decodeImage(bytes, { name: 'a' })).rejects.toThrow(message);
    await expect(decodeImage(bytes, { name: 'a' })).rejects.toThrow(/a is neither JPEG nor PNG/);
  });
});
