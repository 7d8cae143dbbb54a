import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, tableCrc32 } from '../../src/platform/formats/crc32';

it.each([
  ['Node', crc32],
  ['the table', tableCrc32],
])('the sum of %s is the one of zip, whole or in parts', (_what, sum) => {
  // The check value of CRC-32 in every catalog.
  expect(sum(Buffer.from('123456789'))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      const whole = Buffer.concat([a, b]);
      expect(sum(b, sum(a))).toBe(crc32(whole));
      expect(sum(whole)).toBe(tableCrc32(whole));
    }),
    { seed: 1 },
  );
});
