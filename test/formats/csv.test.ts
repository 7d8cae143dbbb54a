import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { readCsv, type CsvOptions } from '../../src/platform/formats/csv';
import { collect, testFolder } from './fixtures';

const folder = testFolder();
const read = async (content: string | Uint8Array, options: Partial<CsvOptions> = {}): Promise<string[][]> =>
  collect(readCsv(folder.write('a.csv', content), { header: false, ...options }));

describe('readCsv', () => {
  it.each([
    ['line feeds', 'a,b\n1,2\n'],
    ['no end of the last line', 'a,b\n1,2'],
    ['carriage returns and line feeds', 'a,b\r\n1,2\r\n'],
    ['carriage returns alone', 'a,b\r1,2\r'],
    ['empty lines', '\na,b\n\n\n1,2\n\n'],
    ['a byte order mark', '\ufeffa,b\n1,2\n'],
    ['quotes', '"a",b\n"1","2"\n'],
    ['quotes later', 'a,b\n1,"2"\n'],
    ['quotes and carriage returns', 'a,b\r\n1,"2"\r\n'],
  ])('reads a file with %s', async (_what, content) => {
    expect(await read(content)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('keeps empty cells, spaces, and what stands in quotes', async () => {
    expect(await read(' a ,,\n"x,""y""","line\nbreak",\n')).toEqual([
      [' a ', '', ''],
      ['x,"y"', 'line\nbreak', ''],
    ]);
  });

  it('takes other delimiters, a tab for .tsv', async () => {
    expect(await read('a;b\n', { delimiter: ';' })).toEqual([['a', 'b']]);
    expect(await collect(readCsv(folder.write('a.tsv', 'a\tb,c\n'), { header: false }))).toEqual([
      ['a', 'b,c'],
    ]);
  });

  it('agrees with csv-parse on any table, across the blocks it reads in', async () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('1', '', 'é', '"', ',', '\n', 'x'.repeat(5000)),
    );
    const table = fc.array(fc.tuple(fc.constant('row'), cell, cell), { minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(table, fc.boolean(), async (rows, always) => {
        const quoted = (text: string): string =>
          always || /[",\r\n]|^\s|\ufeff|\0/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const text = rows.map((row) => row.map(quoted).join(',')).join('\n');
        const path = folder.write('any.csv', text);
        const expected = await collect<string[]>(createReadStream(path).pipe(parse({ bom: true })));
        expect(await collect(readCsv(path, { header: false }))).toEqual(expected);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('numbers the lines of a long file, before and after its first quote', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i},${i === 40_000 ? '"x\ny"' : 'x'}`);
    const rows = readCsv(folder.write('long.csv', lines.join('\n')), { header: false });
    let at = 0;
    for await (const block of rows.blocks()) {
      expect(block.rows.length).toBe(block.lines.length);
      for (let i = 0; i < block.rows.length; i++, at++) {
        if (block.rows[i][0] !== String(at) || block.lines[i] !== at + (at < 40_000 ? 1 : 2)) {
          throw new Error(`row ${at} is ${block.rows[i].join()} in line ${block.lines[i]}`);
        }
      }
    }
    expect(at).toBe(60_000);
  });
});

describe('the header', () => {
  const columns = async (
    content: string,
    header: boolean | 'auto',
  ): Promise<readonly string[] | undefined> => {
    const file = readCsv(folder.write('a.csv', content), { header });
    const names = await file.columns();
    const rows = await collect(file);
    expect(rows.length).toBe(content.trim().split('\n').length - (names === undefined ? 0 : 1));
    return names;
  };

  it('is given, left out, or looked for', async () => {
    expect(await columns('label, x \n1,2\n', true)).toEqual(['label', 'x']);
    expect(await columns('label,x\n1,2\n', false)).toBeUndefined();
    expect(await columns('label,x\n1,2\n', 'auto')).toEqual(['label', 'x']);
    expect(await columns('label,0,1\na,2,3\n', 'auto')).toBeUndefined();
    expect(await columns('label,x0\na,2\n', 'auto')).toEqual(['label', 'x0']);
    expect(await columns('1,2\n3,4\n', 'auto')).toBeUndefined();
    expect(await columns('a,1\nb,2\n', 'auto')).toBeUndefined();
    expect(await columns(',x\n0,1\n', 'auto')).toEqual(['', 'x']);
  });

  it('refuses a name twice and an empty file', async () => {
    await expect(read('a,b,a\n1,2,3\n', { header: true })).rejects.toThrow(
      /a\.csv has two columns named "a"/,
    );
    await expect(read('', { header: true })).rejects.toThrow(/a\.csv is empty/);
    expect(await read('')).toEqual([]);
  });
});

describe('broken files', () => {
  it.each([
    ['too few values', 'a,b\n1,2\n3\n', /line 3 of .*a\.csv has 1 values, but there are 2 columns/],
    ['too many values', 'a,b\n\n1,2,3\n', /line 3 of .*has 3 values/],
    ['too many values after a quote', '"a",b\n1,2\n1,2,3\n', /line 3 of .*has 3 values/],
    [
      'a quote that is never closed',
      'a,b\n1,2\n"3,4\n',
      /a\.csv is broken at line \d: a quote is opened and never closed/,
    ],
    ['text behind a quote', 'a,b\n1,2\n"3"4,5\n', /broken at line 3/],
    ['a zero byte', 'a,b\n1,\0\n', /zero byte/],
    ['Latin-1', Buffer.from('a,b\n1,\xe4\n', 'latin1'), /no UTF-8 text.*Save it as UTF-8/],
    ['a cut character', Buffer.from('a,b\n1,ä').subarray(0, -1), /no UTF-8/],
    ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), /is UTF-16 text/],
    ['a spreadsheet', Buffer.from('PK\x03\x04....'), /a zip archive \(or a spreadsheet\)/],
    ['Parquet', Buffer.from('PAR1....'), /a Parquet file/],
  ])('names %s', async (_what, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(UserError);
  });

  it('stops at a line without end', async () => {
    const limits = { maxMemory: 8e6 };
    await expect(read('x'.repeat(3e6), { limits })).rejects.toThrow(/line 1 of .* is longer than 1 MB/);
    await expect(read(`a\n"${'x'.repeat(3e6)}`, { limits })).rejects.toThrow(/is longer than 1 MB/);
  });

  it('says that there is no file', async () => {
    await expect(collect(readCsv(folder.path('none.csv'), { header: true }))).rejects.toThrow(
      /There is no file/,
    );
  });
});
