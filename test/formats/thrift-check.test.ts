import { describe, expect, it } from 'vitest';
import { checkThrift } from '../../src/formats/thrift-check';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('checkThrift', () => {
  it('finds the numbers and structs of a header', () => {
    // Field 1 = 0, field 2 = 24, field 3 = -28, field 5 = {1: 6, 7: true}, a list of 3 bytes, text, a double.
    const header = checkThrift(
      bytes('ff 15 00 15 30 15 37 2c 15 0c 61 00 19 33 010203 18 02 6162 17 0000000000000000 00'),
      1,
    );
    expect([...header.numbers]).toEqual([
      [1, 0],
      [2, 24],
      [3, -28],
    ]);
    expect([...header.structs.get(5)!.numbers]).toEqual([
      [1, 6],
      [7, 1],
    ]);
    expect(header.length).toBe(30);
  });

  it.each([
    ['an end within a struct', '15 00', /cut short/],
    ['a number of a million bytes', `15 ${'80'.repeat(1e6)} 00 00`, /more than ten bytes/],
    ['a list longer than its bytes', '19 f1 ff ff ff ff 07 00', /list of 2147483647 values/],
    ['a text longer than its bytes', '18 ff 01 61 00', /beyond its end/],
    ['nesting without end', '1c'.repeat(10_000), /nested too deeply/],
    ['lists in lists without end', `19${'19'.repeat(10_000)}`, /nested too deeply/],
    ['an unknown kind', '1b 00', /unknown kind 11/],
    [
      'a field number that only 32 bits would take for 2',
      '05 84 80 80 80 20 02 00',
      /field number of 4294967298/,
    ],
  ])('refuses %s', (_what, hex, message) => {
    expect(() => checkThrift(bytes(hex), 0)).toThrow(message);
  });
});
