import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { checkSize, parseBytes, shownBytes } from '../../src/platform/formats/limits';

describe('parseBytes', () => {
  it.each([
    ['2GB', 2e9],
    ['2GiB', 2 ** 31],
    ['2G', 2 ** 31],
    ['1.5 kB', 1500],
    ['500mb', 5e8],
    ['1048576', 2 ** 20],
    ['1b', 1],
  ])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(['', 'GB', '-1GB', '0', '1XB', '1e9', 'NaN', '9999999TB', '1GB2', '0.1', 'constructor'])(
    'refuses %j',
    (text) => {
      expect(() => parseBytes(text)).toThrow(UserError);
      expect(() => parseBytes(text)).toThrow(/Write for example 2GB/);
    },
  );
});

describe('checkSize', () => {
  it('lets the limit itself pass and names both sizes beyond it', () => {
    expect(() => checkSize('x', 10, { maxMemory: 10 })).not.toThrow();
    expect(() => checkSize('x of y.npz', 20_000, { maxMemory: 10 })).toThrow(
      /^x of y.npz would take 20 kB of memory, but the limit is 10 bytes.*--max-memory/,
    );
    expect(() => checkSize('x', 4 * 2 ** 30 + 1, undefined)).toThrow(/limit is 4.29 GB/);
  });

  it('refuses sizes that overflowed', () => {
    expect(() => checkSize('x', Infinity, undefined)).toThrow(UserError);
    expect(shownBytes(2 ** 60)).toBe('1150 PB');
  });
});
