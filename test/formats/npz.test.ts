import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import type { ReadLimits } from '../../src/platform/formats/limits';
import { openNpz, writeNpz, type NpzFile } from '../../src/platform/formats/npz';
import { collect, fixture, fixtureBytes, testFolder } from './fixtures';
import { handMadeZip } from './hand-made-zip';
import { encodeNpy } from './writers';

const folder = testFolder();
interface Expected {
  readonly arrays: Record<string, { dtype: string; shape: number[]; values: string[] }>;
  readonly texts: Record<string, { shape: number[]; values: string[] }>;
}
const expected = JSON.parse(fixtureBytes('expected.json').toString()) as Expected;
const number = (text: string): number => Number(text.replace('inf', 'Infinity'));

const opened: NpzFile[] = [];
afterEach(() => opened.splice(0).forEach((file) => file.close()));
async function open(path: string, limits?: ReadLimits): Promise<NpzFile> {
  const file = await openNpz(path, limits);
  opened.push(file);
  return file;
}
const npzOf = (members: Record<string, Uint8Array>): string =>
  folder.write(
    'made.npz',
    handMadeZip(Object.entries(members).map(([name, content]) => ({ name, content }))),
  );

describe.each(['layouts.npz', 'layouts-compressed.npz'])('openNpz, %s of numpy', (name) => {
  it('names all arrays', async () => {
    expect((await open(fixture(name))).names).toEqual(Object.keys(expected.arrays));
  });

  it.each(Object.entries(expected.arrays))('reads %s', async (array, { dtype, shape, values }) => {
    const file = await open(fixture(name));
    const read = await file.read(array);
    expect([read.dtype, read.shape]).toEqual([dtype, shape]);
    expect([...read.data]).toEqual(values.map(number));
    const header = await file.header(array);
    expect(header.bigEndian).toBe(/be$|-big$/.test(array));
    expect(header.fortranOrder).toBe(array.startsWith('fortran'));
  });

  it.each(Object.entries(expected.arrays).filter(([, { shape }]) => shape.length > 0))(
    'gives %s slice by slice',
    async (array, { shape, values }) => {
      const slices = await collect((await open(fixture(name))).slices(array));
      expect(slices.map((slice) => slice.shape)).toEqual(Array(shape[0]).fill(shape.slice(1)));
      expect(slices.flatMap(({ data }) => [...data])).toEqual(values.map(number));
    },
  );
});

describe('openNpz', () => {
  it.each(Object.entries(expected.texts))('reads the text %s', async (array, wanted) => {
    expect(await (await open(fixture('texts.npz'))).readText(array)).toEqual(wanted);
  });

  it('reads a member whose sizes stand in the zip64 fields', async () => {
    expect([...(await (await open(fixture('zip64.npz'))).read('a')).data]).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([
    ['objects', /objects in .*Python objects.*could run code/],
    ['records', /named fields/],
    ['complex', /complex/],
    ['dates', /dates/],
    ['inexact', /value 1 is 9007199254740993/],
    ['finer', /"finer" is no array of .*Did you mean "fine"/],
  ])('refuses %s of numpy by name, and reads the others', async (name, message) => {
    const file = await open(fixture('refused.npz'));
    await expect(file.read(name)).rejects.toThrow(message);
    await expect(file.read(name)).rejects.toThrow(UserError);
    await expect(collect(file.slices(name))).rejects.toThrow(message);
    expect([...(await file.read('fine')).data]).toEqual([0, 1, 2]);
  });

  it('checks the size of a member against its shape before anything is allocated', async () => {
    // The header asks for 2^50 bytes, the member has 16.
    const lying = Buffer.from(encodeNpy({ shape: [16], data: new Uint8Array(16) }));
    const text = lying.toString('latin1').replace(/\(16,\), \} {14}/, `(${2 ** 50},), }`);
    const file = await open(npzOf({ 'a.npy': Buffer.from(text, 'latin1') }));
    await expect(file.read('a')).rejects.toThrow(
      /a in .*has 16 bytes of values, but its shape \[1125899906842624\]/,
    );
    await expect(file.header('a')).rejects.toThrow(/cut short/);
  });

  it('obeys the limits: for a whole array, or for a slice', async () => {
    const path = folder.path('limits.npz');
    await writeNpz(path, { x: { shape: [10, 100], data: new Float32Array(1000) } });
    const file = await open(path, { maxMemory: 3999 });
    await expect(file.read('x')).rejects.toThrow(
      /x in .* would take 4000 bytes of memory, but the limit is 3999/,
    );
    expect(await collect(file.slices('x'))).toHaveLength(10);
    await expect(collect((await open(path, { maxMemory: 2000 })).slices('x'))).resolves.toHaveLength(10);
  });

  it('names damage: a flipped bit, a member that is no array', async () => {
    const path = folder.path('bits.npz');
    await writeNpz(path, { x: { shape: [1000], data: Float64Array.from({ length: 1000 }, (_, i) => i) } });
    const bytes = readFileSync(path);
    bytes[4000] ^= 1;
    const file = await open(folder.write('bits.npz', bytes));
    await expect(file.read('x')).rejects.toThrow(/x\.npy in .*bits\.npz is damaged: its checksum/);
    await expect(collect(file.slices('x'))).rejects.toThrow(/checksum/);
    const other = await open(npzOf({ 'a.npy': Buffer.from('no array') }));
    await expect(other.read('a')).rejects.toThrow(/a in .*no whole \.npy array/);
  });

  it('tells a file of torch.save and an archive without arrays', async () => {
    await expect(openNpz(npzOf({ 'archive/data.pkl': Buffer.of(1) }))).rejects.toThrow(
      /torch\.save, which could run code/,
    );
    await expect(openNpz(npzOf({ 'a.txt': Buffer.of(1) }))).rejects.toThrow(/without \.npy arrays.*a\.txt/);
    await expect(openNpz(npzOf({ '../a.npy': Buffer.of(1) }))).rejects.toThrow(/'\.\.'/);
  });

  it('leaves no open file behind after an error or an early end', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let i = 0; i < 5; i++) {
      await openNpz(folder.write('no.npz', 'no zip')).catch(() => undefined);
      const file = await openNpz(fixture('layouts-compressed.npz'));
      for await (const slice of file.slices('f8')) if (slice.data.length > 0) break;
      file.close();
      file.close();
    }
    expect(count()).toBe(before);
  });
});

describe('writeNpz', () => {
  it.each([true, false])(
    'what is written is read back (compressed: %s), the same bytes each time',
    async (compress) => {
      await fc.assert(
        fc.asyncProperty(
          fc.float32Array(),
          fc.int16Array(),
          fc.float64Array({ minLength: 1 }),
          async (a, b, c) => {
            const arrays = {
              a: { shape: [a.length, 1], data: a },
              'b/c': { shape: [b.length], data: b },
              c: { shape: [1, c.length], data: c },
              flag: { shape: [], data: Uint8Array.of(1), dtype: 'bool' as const },
            };
            const path = folder.path('round.npz');
            await writeNpz(path, arrays, { compress });
            const first = readFileSync(path);
            const file = await openNpz(path);
            for (const [name, array] of Object.entries(arrays))
              expect(await file.read(name)).toMatchObject(array);
            file.close();
            await writeNpz(path, arrays, { compress });
            expect(readFileSync(path).equals(first)).toBe(true);
          },
        ),
        { numRuns: 20, seed: 1 },
      );
    },
  );

  it('gives the same bytes in every time zone', async () => {
    const script =
      "require('tsx/cjs'); const { writeNpz } = require('./src/platform/formats/npz.ts'); const { readFileSync } = require('fs');" +
      'writeNpz(process.argv[1], { a: { shape: [2], data: Float32Array.of(1, 2) } })' +
      ".then(() => process.stdout.write(readFileSync(process.argv[1]).toString('hex')));";
    const zones = ['Pacific/Kiritimati', 'America/Los_Angeles'].map((TZ) =>
      execFileSync(process.execPath, ['-e', script, folder.path('zone.npz')], {
        env: { ...process.env, TZ },
      }).toString(),
    );
    expect(zones[0]).toMatch(/^504b0304/);
    expect(zones[0]).toBe(zones[1]);
  });

  it('leaves the old file as it was if something does not fit', async () => {
    const path = folder.write('old.npz', 'old');
    await expect(writeNpz(path, { a: { shape: [3], data: new Uint8Array(2) } })).rejects.toThrow(
      /a has 2 values/,
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    await expect(writeNpz(folder.path('old.npz/x.npz'), {})).rejects.toThrow(/a part of that path is a file/);
    expect(readdirSync(folder.path('.')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
