import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvText } from '../../src/platform/formats/csv';

it('quotes what needs quotes, and leaves a missing cell empty', () => {
  expect(
    csvText([
      ['a', 'b,"c"', null],
      ['', 1.5, 'x\ny'],
    ]),
  ).toBe('a,"b,""c""",\n,1.5,"x\ny"\n');
  expect(csvText([['a'], ['b']], '\r\n')).toBe('a\r\nb\r\n');
  expect(csvText([])).toBe('');
});

it('is read back by another library', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      (lines, end) => {
        const text = csvText(lines, end as '\n');
        expect(parse(text, { record_delimiter: end })).toEqual(lines);
      },
    ),
  );
});
