import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { decodeIdx } from '../../src/platform/formats/idx';

/** type, sizes, values */
function idx(code: number, shape: readonly number[], body: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, code, shape.length]);
  shape.forEach((size, axis) => head.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([head, body]);
}

describe('decodeIdx', () => {
  it.each([
    [0x08, 'uint8', '00ff', [0, 255]],
    [0x09, 'int8', '00ff', [0, -1]],
    [0x0b, 'int16', '0001fffe', [1, -2]],
    [0x0c, 'int32', '00000001fffffffe', [1, -2]],
    [0x0d, 'float32', '3fc00000bf800000', [1.5, -1]],
    [0x0e, 'float64', '3ff8000000000000bff0000000000000', [1.5, -1]],
  ])('reads type %i (%s), big-endian', (code, dtype, hex, values) => {
    const read = decodeIdx(idx(code, [1, 2], Buffer.from(hex, 'hex')), 'x');
    expect([read.dtype, read.shape, [...read.data]]).toEqual([dtype, [1, 2], values]);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /has 0 bytes/],
    ['another magic number', Buffer.from('00010803'.repeat(5), 'hex'), /starts with 00010803/],
    ['an unknown type', idx(0x0a, [1], Buffer.alloc(1)), /starts with 00000a01/],
    ['no axes', idx(0x08, [], Buffer.alloc(1)), /starts with 00000800/],
    [
      'an end within its sizes',
      idx(0x08, [2, 3], Buffer.alloc(6)).subarray(0, 9),
      /within the sizes of its 2 axes/,
    ],
    ['too few values', idx(0x08, [2, 3], Buffer.alloc(5)), /\[2, 3\] of uint8 needs 6 bytes, but it has 5/],
    ['too many values', idx(0x08, [2, 3], Buffer.alloc(7)), /needs 6 bytes, but it has 7/],
    [
      'a shape that overflows',
      idx(0x08, Array<number>(255).fill(2 ** 32 - 1), Buffer.alloc(9)),
      /needs Infinity bytes/,
    ],
    ['compressed content', gzipSync(idx(0x08, [1], Buffer.alloc(1))), /still compressed/],
  ])('refuses %s', (_what, file, message) => {
    expect(() => decodeIdx(file, 'train-images')).toThrow(message);
    expect(() => decodeIdx(file, 'train-images')).toThrow(/^train-images is no whole IDX file/);
    expect(() => decodeIdx(file, 'x')).toThrow(UserError);
  });

  it('obeys the limits', () => {
    expect(() => decodeIdx(idx(0x08, [10], Buffer.alloc(10)), 'x', { maxMemory: 9 })).toThrow(
      /limit is 9 bytes/,
    );
  });
});
