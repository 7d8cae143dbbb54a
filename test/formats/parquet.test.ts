import { readdirSync, readlinkSync } from 'node:fs';
import fc from 'fast-check';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { readParquet, type ParquetColumn } from '../../src/platform/formats/parquet';
import { fixture, fixtureBytes, testFolder } from './fixtures';
import { writeParquet } from './writers';

const folder = testFolder();
const rows = Array.from({ length: 10 }, (_, i) => i);
const single = Math.fround;

describe('readParquet', () => {
  it.each(['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'])(
    'reads what pyarrow wrote, codec %s',
    async (codec) => {
      const table = await readParquet(fixture(`${codec}.parquet`));
      expect(table.rows).toBe(10);
      expect(table.columns).toEqual({
        label: Float64Array.from(rows, (i) => i % 3),
        member: Uint8Array.from(rows, (i) => (i % 2 === 0 ? 1 : 0)),
        small: Int32Array.from(rows, (i) => i - 5),
        word: Uint32Array.from(rows, (i) => i + 4294967286),
        half: Float32Array.from(rows, (i) => i / 4),
        single: Float32Array.from(rows, (i) => i / 3),
        double: Float64Array.from(rows, (i) => i / 3),
        group: rows.map((i) => `é${i % 2}`),
        category: rows.map((i) => `c${i % 2}`),
        logits: rows.map((i) => [i, i / 2, -i]),
        fixed: rows.map((i) => [i, i / 2]),
        missing: rows.map((i) => (i === 4 ? null : i)),
        equal: new Int32Array(10).fill(7),
      });
      expect(table.names).toEqual(Object.keys(table.columns));
    },
  );

  it('reads only the columns that are asked for', async () => {
    const { names, columns } = await readParquet(fixture('zstd.parquet'), { columns: ['double', 'label'] });
    expect(names).toEqual(['label', 'double']);
    expect(Object.keys(columns)).toEqual(['label', 'double']);
    await expect(readParquet(fixture('zstd.parquet'), { columns: ['labels'] })).rejects.toThrow(
      /"labels" is no column of .*Did you mean "label"/,
    );
  });

  it('refuses a BIGINT that float64 cannot hold', async () => {
    await expect(readParquet(fixture('inexact.parquet'))).rejects.toThrow(
      /column id of .* has in row 1 \(counted from 0\) the number 9007199254740993/,
    );
  });

  it('refuses a small file of a million values before it is unpacked, if the limits say so', async () => {
    expect((await readParquet(fixture('run.parquet'))).rows).toBe(1_000_000);
    await expect(readParquet(fixture('run.parquet'), { limits: { maxMemory: 1e7 } })).rejects.toThrow(
      /more than 10 MB of memory, which is the limit/,
    );
  });

  it('names a file that is cut or of another kind', async () => {
    const whole = fixtureBytes('snappy.parquet');
    for (const length of [0, 4, 11, 100, whole.length - 9, whole.length - 1]) {
      const path = folder.write('cut.parquet', whole.subarray(0, length));
      await expect(readParquet(path)).rejects.toThrow(/cut\.parquet cannot be read as a Parquet file/);
      await expect(readParquet(path)).rejects.toThrow(UserError);
    }
    await expect(readParquet(folder.write('b', 'PAR1 but no PAR1 at its end'))).rejects.toThrow(
      /does not end with PAR1/,
    );
    await expect(readParquet(folder.path('none.parquet'))).rejects.toThrow(/There is no file/);
  });

  it('answers any change of a byte with a table or a clear error, and leaves no file open', async () => {
    const open = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        const file = readlinkQuietly(`/proc/self/fd/${fd}`);
        return file.includes('changed.parquet') ? [file] : [];
      });
    const whole = fixtureBytes('gzip.parquet');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        const path = folder.write('changed.parquet', changed);
        await readParquet(path, { limits: { maxMemory: 1e8 }, seconds: 3 }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(UserError);
        });
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(open()).toEqual([]);
  });

  it('does not believe a page that has more values or bytes than the directory says', async () => {
    // The first page's header (thrift compact): 0x15 and a zigzag number each for type, unpacked and packed size.
    const whole = fixtureBytes('none.parquet');
    expect([...whole.subarray(4, 6)]).toEqual([0x15, 0x04]);
    const huge = Buffer.concat([whole.subarray(0, 6), Buffer.from('15feffffff0f', 'hex'), whole.subarray(8)]);
    const path = folder.write('page.parquet', huge);
    await expect(readParquet(path, { limits: { maxMemory: 1e9 } })).rejects.toThrow(
      /its directory or its pages are damaged/,
    );
  });

  it('a run that writes two thousand million values ends its thread, not the program', async () => {
    // The first run of levels: 20,000 (c0b802) times 1; then the width of the values and so on.
    const hostile = replaced(fixtureBytes('run.parquet'), 'c0b8020101', 'feffffff0f');
    const start = process.memoryUsage.rss();
    await expect(readAs('run.parquet', hostile)).rejects.toThrow(/more than 100 MB of memory|damaged/);
    expect(process.memoryUsage.rss() - start).toBeLessThan(5e8);
    // The next file is read as if nothing had been.
    expect((await readParquet(fixture('none.parquet'))).rows).toBe(10);
  });

  it('values of no bits without end end their thread, not the program', async () => {
    const whole = parquetWriteBuffer({
      columnData: [
        {
          name: 'x',
          data: Array.from({ length: 4000 }, (_, i) => i % 50),
          encoding: 'RLE_DICTIONARY',
          codec: 'UNCOMPRESSED',
        },
      ],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'x', type: 'INT32', repetition_type: 'REQUIRED' },
      ],
    });
    // Values of 6 bits, packed in 63 groups of 8.
    const hostile = replaced(Buffer.from(whole), '06fb0140200c', '00ffffffff0f');
    await expect(readAs('packed.parquet', hostile)).rejects.toThrow(/far longer than its size explains/);
    expect((await readParquet(fixture('none.parquet'))).rows).toBe(10);
  });

  it('reads texts that repeat the text before, and bounds what hostile ones take', async () => {
    const names = Array.from({ length: 300 }, (_, i) => 'a'.repeat(i));
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 1 },
      { name: 'x', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    ];
    const file = (data: string[]): Uint8Array =>
      new Uint8Array(
        parquetWriteBuffer({ columnData: [{ name: 'x', data, encoding: 'DELTA_BYTE_ARRAY' }], schema }),
      );
    const path = folder.write('texts.parquet', file(names));
    expect((await readParquet(path)).columns).toEqual({ x: names });
    // Each is a hundred characters longer than the one before: 112 MB from a file of 200 kB.
    const long = folder.write('long.parquet', file(growing(1500)));
    await expect(readParquet(long, { limits: { maxMemory: 1e7 } })).rejects.toThrow(
      /more than 10 MB of memory/,
    );
  });
});

const growing = (count: number): string[] => {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push('a'.repeat(100 * i));
  return texts;
};

/** The bytes with the first of these (in hex) changed. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const at = bytes.indexOf(Buffer.from(from, 'hex'));
  expect(at).toBeGreaterThan(0);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(to, 'hex'), bytes.subarray(at + to.length / 2)]);
}

const readAs = (name: string, bytes: Buffer) =>
  readParquet(folder.write(name, bytes), { limits: { maxMemory: 1e8 }, seconds: 5 });

function readlinkQuietly(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('a round trip', () => {
  it('what is written is read back', async () => {
    const n = 2500;
    const at = Array.from({ length: n }, (_, i) => i);
    const columns: Record<string, ParquetColumn> = {
      int: Int32Array.from(at, (i) => i - 5),
      single: Float32Array.from(at, (i) => i / 3),
      double: Float64Array.from(at, (i) => (i % 7 === 0 ? NaN : i / 3)),
      text: at.map((i) => `é${i % 7}`),
      list: at.map((i) => [i, single(i / 3)]),
      missing: at.map((i) => (i % 3 === 0 ? null : i + 0.5)),
      zeros: new Float64Array(n),
    };
    const path = folder.path('round.parquet');
    const logits = at.map((i) => Float32Array.of(i, i / 3));
    await writeParquet(path, {
      ...columns,
      logits,
      byte: Uint8Array.from(at),
      word: Uint32Array.from(at, (i) => 2 ** 32 - 1 - i),
    });
    const read = await readParquet(path);
    expect(read.rows).toBe(n);
    expect(read.columns).toEqual({
      ...columns,
      logits: logits.map((list) => [...list]),
      byte: Int32Array.from(Uint8Array.from(at)),
      word: Float64Array.from(at, (i) => 2 ** 32 - 1 - i),
    });
  });

  it('keeps any numbers bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.double(), b: fc.integer() }), { minLength: 1 }),
        async (list) => {
          const a = Float64Array.from(list, (row) => row.a);
          const b = Int32Array.from(list, (row) => row.b);
          await writeParquet(folder.path('any.parquet'), { a, b });
          expect((await readParquet(folder.path('any.parquet'))).columns).toEqual({ a, b });
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });
});
