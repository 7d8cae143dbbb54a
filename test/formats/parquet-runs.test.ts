import { describe, expect, it } from 'vitest';
import { checkPage, type PageLayout } from '../../src/formats/parquet-runs';

const page = (hex: string, rest: Partial<PageLayout> = {}): PageLayout => ({
  bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex'),
  values: 10,
  encoding: 8,
  isBoolean: false,
  maxDefinition: 0,
  maxRepetition: 0,
  ...rest,
});

describe('checkPage', () => {
  it.each([
    ['a run of ten equal values', page('02 14 01')],
    ['packed values that fill up to a multiple of eight', page('02 05 ffffffff')],
    ['a run and packed values', page('02 04 01 03 ffff')],
    ['fewer values than rows, since some are missing', page('02 04 01')],
    ['levels and values', page('03000000 14 01 00 02 14 01', { maxDefinition: 1 })],
    [
      'levels whose lengths the header has',
      page('14 01 02 14 01', { maxDefinition: 1, levels: { repetition: 0, definition: 2 } }),
    ],
    ['truth values in runs', page('02000000 14 01', { encoding: 3, isBoolean: true })],
    ['delta encoding', page('8001 04 0a 00', { encoding: 5 })],
    ['plain values', page('', { encoding: 0 })],
  ])('lets %s pass', (_what, layout) => {
    expect(() => checkPage(layout)).not.toThrow();
  });

  it.each([
    [
      'a run that writes a thousand million values',
      page('02 80a8d6b907 01'),
      /run of a page has 1000000000 values, but 10 are left/,
    ],
    ['packed values without bits and without end', page('00 ffffffff07'), /values, but 10 are left/],
    ['a number that 32 bits would take for a negative one', page('02 ffffffff0f ff'), /but 10 are left/],
    ['a run length of more than 32 bits', page('02 ffffffffff7f 01'), /cut short/],
    ['values of 255 bits', page('ff 14 01'), /255 bits/],
    [
      'levels with too long a run',
      page('06000000 80a8d6b907 01 02 14 01', { maxDefinition: 1 }),
      /but 10 are left/,
    ],
    ['levels with too few values', page('02000000 04 01 02 14 01', { maxDefinition: 1 }), /cut short/],
    ['levels beyond the page', page('ff000000 14', { maxRepetition: 1 }), /longer than the page/],
    ['delta blocks without parts', page('8001 00 0a 00', { encoding: 5 }), /128 values in 0 parts/],
    ['delta blocks of 2^31 parts', page('8001 ffffffff07 0a', { encoding: 6 }), /2147483647 parts/],
    [
      'text that repeats the text before, which can grow without end',
      page('', { encoding: 7 }),
      /DELTA_BYTE_ARRAY, which is not read/,
    ],
    ['an unknown encoding', page('', { encoding: 99 }), /encoding 99/],
    ['runs of what is no truth value', page('02000000 14 01', { encoding: 3 }), /no BOOLEAN/],
  ])('refuses %s', (_what, layout, message) => {
    expect(() => checkPage(layout)).toThrow(message);
  });
});
