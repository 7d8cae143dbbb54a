import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { decodeNpy, decodeNpyText } from '../../src/platform/formats/npy';
import type { DType, NumericData } from '../../src/platform/formats/raw-values';
import { encodeNpy } from './writers';

/** An .npy file with any header text. */
function npy(header: string, body: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    length,
    text,
    body,
  ]);
}
const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

describe('decodeNpy', () => {
  it.each([
    ['keys in another order and double quotes', `{"shape": (2,), "fortran_order": False, "descr": "|u1"}`, 1],
    ['no space and no comma at the end', `{'descr':'|u1','fortran_order':False,'shape':(2,)}`, 2],
    ["Python 2's long sizes", header(`'|u1'`, '(2L,)'), 3],
  ])('reads a header with %s', (_what, text, version) => {
    const { shape, data } = decodeNpy(npy(text, Uint8Array.of(7, 9), version), 'a');
    expect([shape, [...data]]).toEqual([[2], [7, 9]]);
  });

  it.each([
    [
      'a call',
      `{'descr': __import__('os').system('touch pwned'), 'fortran_order': False, 'shape': (2,)}`,
      /\.system/,
    ],
    ['a name as type', header('os', '(2,)'), /its type is os/],
    ['a sum', header(`'|u1'`, '(1+1,)'), /has "\+1/],
    ['a comprehension', header(`'|u1'`, '(x for x in [2])'), /size x/],
    ['a lambda', header('lambda: 1', '(2,)'), /lambda/],
    ['a backslash in a text', header(`'\\x7cu1'`, '(2,)'), /no such thing/],
    ['text after its end', `${header(`'|u1'`, '(2,)')} or 1`, /goes on after \}, with or/],
    ['a negative size', header(`'|u1'`, '(-2,)'), /size -2/],
    ['two negative sizes', header(`'|u1'`, '(-1, -2)'), /size -1/],
    ['a broken size', header(`'|u1'`, '(2.0,)'), /has "2\.0/],
    ['a size beyond 2^53', header(`'|u1'`, '(99999999999999999999,)'), /size 99999999999999999999/],
    ['a product that overflows', header(`'|u1'`, '(4294967296, 4294967296)'), /1.8e\+19 values/],
    ['too many axes', header(`'|u1'`, `(${'1, '.repeat(65)})`), /65 axes/],
    ['a shape that is no tuple', header(`'|u1'`, '2'), /2 where \( must stand/],
    [
      'a key twice',
      `{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}`,
      /'descr', unknown or/,
    ],
    ['an unknown key', `{'descr': '|u1', 'x': 1, 'fortran_order': False, 'shape': (2,)}`, /'x', unknown/],
    ['a missing key', `{'descr': '|u1', 'shape': (2,)}`, /lacks/],
    ['an open end', `{'descr': '|u1', 'shape': (2`, /its end/],
    ['a word as bool', header(`'|u1'`, '(2,)', 'Maybe'), /fortran_order is Maybe/],
    ['nothing', '', /its end where \{/],
  ])('refuses a header with %s', (_what, text, message) => {
    const said = refusal(() => decodeNpy(npy(text, Uint8Array.of(7, 9)), 'a.npy'));
    expect(said).toMatch(message);
    expect(said).toMatch(/^a\.npy is no whole \.npy array/);
  });

  it.each([
    ['objects', `'|O'`, /Python objects.*could run code.*astype\('float32'\)/],
    ['records', `[('x', '<f4')]`, /named fields.*np\.savez/],
    ['complex numbers', `'<c8'`, /complex numbers.*a\.real/],
    ['dates', `'<M8'`, /dates/],
    ['text', `'<U3'`, /holds text \(dtype U3\)/],
    ['long doubles', `'<f16'`, /some machines/],
    ['raw bytes', `'|V2'`, /bfloat16/],
  ])('refuses %s with the way to convert them', (_what, descr, message) => {
    expect(refusal(() => decodeNpy(npy(header(descr, '(2,)')), 'a.npy'))).toMatch(message);
  });

  it('names what the file is, if it is no .npy file', () => {
    expect(refusal(() => decodeNpy(Buffer.from('PK\x03\x04 and so on'), 'a.npy'))).toMatch(
      /starts with the bytes 504b0304/,
    );
    expect(refusal(() => decodeNpy(new Uint8Array(0), 'a.npy'))).toMatch(/starts with nothing/);
    expect(refusal(() => decodeNpy(npy(header(`'|u1'`, '(0,)'), undefined, 4), 'a.npy'))).toMatch(
      /version is 4\.0/,
    );
  });

  it('refuses a file that is cut anywhere, and one byte more', () => {
    const whole = encodeNpy({ shape: [3], data: Float32Array.of(1, 2, 3) });
    for (let length = 0; length < whole.length; length++) {
      refusal(() => decodeNpy(whole.subarray(0, length), 'a.npy'));
    }
    expect(refusal(() => decodeNpy(Buffer.concat([whole, Buffer.alloc(1)]), 'a.npy'))).toMatch(
      /13 bytes of values.*shape \[3\] with 4 bytes each needs 12.*damaged/,
    );
  });

  it('refuses a header length beyond the file or beyond reason before reading it', () => {
    const huge = npy(header(`'|u1'`, '(2,)'), Uint8Array.of(1, 2), 2);
    huge.writeUInt32LE(2 ** 32 - 1, 8);
    expect(refusal(() => decodeNpy(huge, 'a.npy'))).toMatch(/4294967295 bytes, but 65536 are the most/);
    huge.writeUInt32LE(60000, 8);
    expect(refusal(() => decodeNpy(huge, 'a.npy'))).toMatch(/60000 bytes, but the file ends before/);
  });

  it('refuses more than the limits allow, with the size in memory', () => {
    const half = encodeNpy({ shape: [100], data: new Float32Array(100), dtype: 'float16' });
    expect(() => decodeNpy(half, 'a.npy', { maxMemory: 400 })).not.toThrow();
    expect(refusal(() => decodeNpy(half, 'a.npy', { maxMemory: 399 }))).toMatch(/would take 400 bytes/);
  });

  it('refuses a bool that is neither 0 nor 1, with its place', () => {
    const file = npy(header(`'|b1'`, '(3,)'), Uint8Array.of(0, 1, 2));
    expect(refusal(() => decodeNpy(file, 'members'))).toMatch(
      /members is of type bool, but its value 2 is the byte 2/,
    );
  });

  it.each([
    ['<i8', 2n ** 53n + 1n],
    ['<i8', -(2n ** 60n) - 1n],
    ['<u8', 2n ** 64n - 1n],
  ])('refuses a 64-bit integer of type %s that float64 cannot hold (%s)', (descr, value) => {
    const body = new Uint8Array(BigInt64Array.of(1n, BigInt.asIntN(64, value)).buffer);
    expect(refusal(() => decodeNpy(npy(header(`'${descr}'`, '(2,)'), body), 'ids'))).toMatch(
      new RegExp(`ids is of type u?int64, and its value 1 is ${value}`),
    );
  });

  it('reads from any place in a larger buffer', () => {
    const whole = encodeNpy({ shape: [2], data: Float64Array.of(Math.PI, -0) });
    const shifted = Buffer.concat([Buffer.alloc(3), whole]).subarray(3);
    expect(decodeNpy(shifted, 'a').data).toEqual(Float64Array.of(Math.PI, -0));
  });
});

describe('decodeNpyText', () => {
  it('refuses what is no Unicode, with its place', () => {
    const points = new Uint8Array(Uint32Array.of(0x61, 0xd800).buffer);
    expect(refusal(() => decodeNpyText(npy(header(`'<U1'`, '(2,)'), points), 'g'))).toMatch(
      /g has in its text 1/,
    );
    const far = new Uint8Array(Uint32Array.of(0x110000).buffer);
    expect(refusal(() => decodeNpyText(npy(header(`'<U1'`, '(1,)'), far), 'g'))).toMatch(/text 0/);
  });

  it('keeps bytes that are no text apart, as hexadecimal digits', () => {
    const ids = npy(header(`'|S2'`, '(3,)'), Uint8Array.of(0x61, 0, 0xe9, 0, 0xe9, 1));
    expect(decodeNpyText(ids, 'g').values).toEqual(['a', '0xe900', '0xe901']);
  });

  it('refuses numbers, objects, and a shape that its bytes do not have', () => {
    expect(refusal(() => decodeNpyText(npy(header(`'<f4'`, '(0,)')), 'g'))).toMatch(
      /dtype f4, but text is needed/,
    );
    expect(refusal(() => decodeNpyText(npy(header(`'|O'`, '(0,)')), 'g'))).toMatch(/could run code/);
    expect(refusal(() => decodeNpyText(npy(header(`'|S4'`, '(2,)'), new Uint8Array(7)), 'g'))).toMatch(
      /cut short/,
    );
    // Texts without any bytes could be as many as the header likes.
    expect(refusal(() => decodeNpyText(npy(header(`'|S0'`, '(999999999999,)')), 'g'))).toMatch(
      /would take 32 TB/,
    );
  });
});

describe('encodeNpy', () => {
  const types: readonly (readonly [DType, fc.Arbitrary<NumericData>])[] = [
    ['bool', fc.uint8Array({ max: 1 })],
    ['uint8', fc.uint8Array()],
    ['int8', fc.int8Array()],
    ['int16', fc.int16Array()],
    ['uint16', fc.uint16Array()],
    ['int32', fc.int32Array()],
    ['uint32', fc.uint32Array()],
    ['float32', fc.float32Array()],
    ['float64', fc.float64Array()],
    ['int64', fc.array(fc.maxSafeInteger().map((v) => v + 0)).map((list) => Float64Array.from(list))],
    ['uint64', fc.array(fc.maxSafeNat()).map((list) => Float64Array.from(list))],
    ['float16', fc.uint16Array().map(halves)],
  ];

  it.each(types)('%s: what is written is read back bit for bit', (dtype, values) => {
    fc.assert(
      fc.property(values, fc.nat(3), (data, axes) => {
        const shape = axes === 0 ? [data.length] : [...new Array<number>(axes).fill(1), data.length];
        const read = decodeNpy(encodeNpy({ shape, data, dtype }), 'a');
        expect(read).toEqual({ dtype, shape, data });
        expect(read.data.constructor).toBe(data.constructor);
      }),
      { seed: 1 },
    );
  });

  /** Halves from their bits, by the formula. */
  function halves(bits: Uint16Array): Float32Array {
    return Float32Array.from(bits, (b) => {
      const [sign, exponent, fraction] = [b >> 15 ? -1 : 1, (b >> 10) & 31, b & 1023];
      if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
      return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
    });
  }

  it('rounds to the nearest half, ties to even', () => {
    const data = Float64Array.of(
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65519,
      65520,
      2 ** -25,
      2 ** -25 * 1.01,
      -0,
      2 ** -14 * (1 - 2 ** -12),
    );
    const read = decodeNpy(encodeNpy({ shape: [8], data, dtype: 'float16' }), 'a').data;
    expect([...read]).toEqual([1, 1 + 2 ** -9, 65504, Infinity, 0, 2 ** -24, -0, 2 ** -14]);
  });

  it('puts the values at a multiple of 64 bytes', () => {
    for (const shape of [[1], [1, 1, 1], new Array<number>(30).fill(1)]) {
      expect((encodeNpy({ shape, data: Float32Array.of(1) }).length - 4) % 64).toBe(0);
    }
  });

  it.each([
    ['int8', [128]],
    ['uint8', [-1]],
    ['bool', [2]],
    ['int64', [0.5]],
    ['int64', [2 ** 63]],
    ['uint64', [2 ** 64]],
    ['int32', [NaN]],
    ['int32', [-0]],
  ] as const)('refuses to write as %s what it cannot hold: %j', (dtype, values) => {
    expect(refusal(() => encodeNpy({ shape: [1], data: Float64Array.from(values), dtype }))).toMatch(
      /cannot hold its value 0/,
    );
  });

  it('refuses a shape that does not fit', () => {
    expect(refusal(() => encodeNpy({ shape: [2, 2], data: new Uint8Array(3) }))).toMatch(
      /has 3 values.*\[2, 2\] needs 4/,
    );
  });
});
