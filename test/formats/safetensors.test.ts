import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { decodeSafetensors, encodeSafetensors } from '../../src/platform/formats/safetensors';

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
      withHeader({ a: { dtype: 'F8_E4M3', shape: [8], data_offsets: [0, 8] } }),
      /has type F8_E4M3/,
    ],
    [
      'with a gap between arrays',
      withHeader({
        a: { dtype: 'U8', shape: [3], data_offsets: [0, 3] },
        b: { dtype: 'U8', shape: [4], data_offsets: [4, 8] },
      }),
      /array b starts at 4, not at 3/,
    ],
    [
      'with two arrays of the same bytes',
      withHeader({
        a: { dtype: 'U8', shape: [8], data_offsets: [0, 8] },
        b: { dtype: 'U8', shape: [8], data_offsets: [0, 8] },
      }),
      /array b starts at 0, not at 8/,
    ],
    [
      'with a shape whose product overflows',
      withHeader({ a: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] } }),
      /its shape needs 1.2\d*e\+24/,
    ],
    ['with a list as its header', withHeader([]), /no object/],
    ['with numbers in its metadata', withHeader({ __metadata__: { a: 1 } }), /its metadata/],
    [
      'with a negative size',
      withHeader({ a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }),
      /not as the format asks/,
    ],
  ])('refuses a file that is %s', (_what, broken, message) => {
    expect(() => decodeSafetensors(broken, 'weights.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(broken, 'weights.safetensors')).toThrow(UserError);
  });

  it('refuses a header that is longer than the format allows, before reading it', () => {
    const file = Buffer.alloc(100_000_100);
    file.writeBigUInt64LE(100_000_001n);
    expect(() => decodeSafetensors(file, 'x')).toThrow(/100000001 bytes, but 100000000 are the most/);
  });

  it('reads the types that PyTorch writes', () => {
    const body = Buffer.alloc(36);
    body.writeUInt16LE(0x3e00, 0); // half 1.5
    body.writeUInt16LE(0xbfc0, 2); // bfloat16 -1.5
    body.writeUInt8(1, 4);
    body.writeInt8(-3, 5);
    body.writeInt16LE(-300, 6);
    body.writeUInt32LE(2 ** 32 - 1, 8);
    body.writeBigInt64LE(-(2n ** 53n), 12);
    const header = {
      half: { dtype: 'F16', shape: [1], data_offsets: [0, 2] },
      brain: { dtype: 'BF16', shape: [1], data_offsets: [2, 4] },
      flag: { dtype: 'BOOL', shape: [], data_offsets: [4, 5] },
      tiny: { dtype: 'I8', shape: [1], data_offsets: [5, 6] },
      short: { dtype: 'I16', shape: [1], data_offsets: [6, 8] },
      unsigned: { dtype: 'U32', shape: [1], data_offsets: [8, 12] },
      num_batches_tracked: { dtype: 'I64', shape: [], data_offsets: [12, 20] },
      more: { dtype: 'U64', shape: [2], data_offsets: [20, 36] },
    };
    const { arrays } = decodeSafetensors(withHeader(header, body), 'x');
    expect(Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]))).toEqual({
      half: Float32Array.of(1.5),
      brain: Float32Array.of(-1.5),
      flag: Uint8Array.of(1),
      tiny: Int32Array.of(-3),
      short: Int32Array.of(-300),
      unsigned: Float64Array.of(2 ** 32 - 1),
      num_batches_tracked: Float64Array.of(-(2 ** 53)),
      more: Float64Array.of(0, 0),
    });
  });

  it('refuses an int64 that float64 cannot hold, and more numbers than the limits allow', () => {
    const body = Buffer.alloc(8);
    body.writeBigInt64LE(2n ** 53n + 1n);
    const file = withHeader({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, body);
    expect(() => decodeSafetensors(file, 'x')).toThrow(/array a of x.*value 0 is 9007199254740993/);
    expect(() => decodeSafetensors(file, 'x', { limits: { maxMemory: 7 } })).toThrow(/limit is 7 bytes/);
  });

  it('keeps an array named __proto__ as a plain array', () => {
    const text = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const file = Buffer.concat([
      Buffer.of(text.length, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from(text),
      Buffer.of(7),
    ]);
    const { arrays } = decodeSafetensors(file, 'x');
    expect(Object.keys(arrays)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(arrays)).toBe(Object.prototype);
  });
});
