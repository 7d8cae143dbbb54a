import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors';

const content = {
  arrays: {
    bytes: { data: Uint8Array.of(1, 2, 3), shape: [3] },
    doubles: { data: Float64Array.of(Math.PI, -0, 1e300), shape: [3] },
    floats: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
    integers: { data: Int32Array.of(-1, 7), shape: [2] },
    none: { data: new Float32Array(0), shape: [0] },
  },
  metadata: { block: 'ünïcode «x»' },
};
const file = encodeSafetensors(content);
const withHeader = (header: unknown, body = Buffer.alloc(8)): Buffer => {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, body]);
};

describe('safetensors', () => {
  it('gives back what was written, bit for bit', () => {
    const read = decodeSafetensors(file, 'x');
    expect(read.metadata).toEqual(content.metadata);
    for (const [name, { data, shape }] of Object.entries(content.arrays)) {
      expect(read.arrays[name].shape).toEqual(shape);
      expect(read.arrays[name].data).toEqual(data);
      expect(read.arrays[name].data.constructor).toBe(data.constructor);
    }
  });

  it('places each array at a multiple of its element size, as other readers expect', () => {
    const headerLength = Number(file.readBigUInt64LE(0));
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(file.subarray(8, 8 + headerLength).toString()) as Record<
      string,
      { data_offsets?: number[] }
    >;
    for (const [name, { data }] of Object.entries(content.arrays)) {
      expect(header[name].data_offsets![0] % data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it.each([
    ['cut short', file.subarray(0, file.length - 1), /ends behind the file/],
    ['longer', Buffer.concat([file, Buffer.alloc(1)]), /1 bytes follow the last array/],
    ['empty', Buffer.alloc(0), /it has 0 bytes/],
    ['with a giant header', Buffer.alloc(16, 0xff), /more than the file/],
    [
      'with a header that is no JSON',
      Buffer.concat([Buffer.of(2, 0, 0, 0, 0, 0, 0, 0), Buffer.from('xx')]),
      /no JSON/,
    ],
    [
      'with overlapping arrays',
      withHeader({
        a: { dtype: 'U8', shape: [8], data_offsets: [0, 8] },
        b: { dtype: 'U8', shape: [4], data_offsets: [4, 8] },
      }),
      /array b starts at 4, not at 8/,
    ],
    [
      'with a shape that does not fit',
      withHeader({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }),
      /its shape needs 12/,
    ],
    [
      'with an unknown type',
      withHeader({ a: { dtype: 'BF16', shape: [4], data_offsets: [0, 8] } }),
      /has type BF16/,
    ],
    [
      'with a negative size',
      withHeader({ a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }),
      /not as the format asks/,
    ],
  ])('refuses a file that is %s', (_what, broken, message) => {
    expect(() => decodeSafetensors(broken, 'weights.safetensors')).toThrow(message);
  });
});
