import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readBinaryCsv } from '../../src/data/binary-tables';
import { loadDataset } from '../../src/data/load-dataset';
import { purchase100 } from '../../src/data/purchase100';
import { texas100 } from '../../src/data/texas100';
import { verifyDataset } from '../../src/data/fetch-dataset';
import { writeNpz } from '../../src/platform/formats/npz';
import { folders, tgz, tiny } from './tiny-sets';

const folder = folders();
const purchase = tiny(purchase100, { records: 3, features: 4, classes: 5 });
const texas = tiny(texas100, { records: 3, features: 4, classes: 5 });

const rows = ['0,1,1,0', '1,0,0,0', '0,0,0,1'];
const labels = [5, 1, 2];
const csv = rows.map((row, i) => `${labels[i]},${row}\n`).join('');
const feats = rows.map((row) => `${row}\n`).join('');
const labelLines = labels.map((label) => `${label}\n`).join('');
const expectedX = rows.join().split(',').map(Number);
const expectedY = labels.map((label) => label - 1);

const oneHot = Uint8Array.from({ length: 15 }, (_, i) => (i % 5 === expectedY[Math.floor(i / 5)] ? 1 : 0));

async function npzFolder(name: string, features: Float64Array, labelArray: Uint8Array): Promise<string> {
  const at = folder({});
  await writeNpz(join(at, name), {
    features: { shape: [3, 4], data: features },
    labels: { shape: [3, 5], data: labelArray },
  });
  return at;
}

describe('Purchase100 and Texas100 give the same records from every layout', () => {
  it.each([
    ['extracted', purchase, async () => folder({ dataset_purchase: csv })],
    ['extracted in its folder', purchase, async () => folder({ 'purchase100/dataset_purchase': csv })],
    ['tgz', purchase, async () => folder({ 'dataset_purchase.tgz': await tgz({ dataset_purchase: csv }) })],
    ['npz', purchase, async () => npzFolder('purchase100.npz', Float64Array.from(expectedX), oneHot)],
    ['extracted', texas, async () => folder({ 'texas/100/feats': feats, 'texas/100/labels': labelLines })],
    [
      'extracted',
      texas,
      async () => folder({ 'dataset_texas/feats': feats, 'dataset_texas/labels': labelLines }),
    ],
    [
      'tgz',
      texas,
      async () =>
        folder({
          'dataset_texas.tgz': await tgz({
            'texas/README': 'hello',
            'texas/100/labels': labelLines,
            'texas/100/feats': feats,
          }),
        }),
    ],
    ['npz', texas, async () => npzFolder('texas100.npz', Float64Array.from(expectedX), oneHot)],
  ])('%s', async (_title, definition, make) => {
    const dataDir = await make();
    for (const round of ['from the files', 'from the cache']) {
      const { x, y, sha256, records, features, classes, synthetic } = await loadDataset(definition, {
        dataDir,
      });
      expect([round, x instanceof Uint8Array, [...x], [...y]]).toEqual([round, true, expectedX, expectedY]);
      expect([records, features, classes, synthetic]).toEqual([3, 4, 5, false]);
      // The identity is computed here once more, from its description in src/data/content-hash.ts.
      const content = Buffer.concat([
        Buffer.from('ccl-lab records 3 4 5 bits\n'),
        Buffer.from([0b00010110, 0b1000]),
        Buffer.from(Int32Array.from(expectedY).buffer),
      ]);
      expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
    }
  });
});

describe('wrong files of Purchase100 and Texas100', () => {
  const load = (definition: typeof purchase, dataDir: string) =>
    loadDataset(definition, { dataDir, cache: false });

  it.each([
    [csv.slice(0, -5), /line 3 has only 3 values, but 5 were expected/],
    [csv.slice(0, 20), /has 2 lines, but 3 were expected: it is not whole/],
    [`${csv}1,0,0,0,0\n`, /has more than the 3 lines that were expected/],
    [csv.replace('5,', '6,'), /line 1: value 1 is label 6, but labels must be in 1 .. 5/],
    [csv.replace('5,', '0,'), /line 1: value 1 is label 0/],
    [csv.replace('1,0,0,0', '1,0,2,0'), /line 2: value 4 is 2, but must be 0 or 1/],
    [csv.replace('1,0,0,0', '1,0,0.5,0'), /line 2: value 4 is 0 with a fraction, but must be 0 or 1/],
    [csv.replace('1,0,0,0', '1,,0,0'), /line 2: value 3 is empty/],
    [csv.replace('1,0,0,0', '1,0,0,0,1'), /line 2 has more than 5 values/],
    [csv.replace('1,0,0,0', '1,x,0,0'), /line 2: value 3 holds the character "x"/],
    ['<html>Not found</html>', /line 1: value 1 holds the character "<"/],
    ['', /has 0 lines, but 3 were expected/],
  ])('%j', async (content, message) => {
    await expect(load(purchase, folder({ dataset_purchase: content }))).rejects.toThrow(message);
  });

  it('says which of two files has too few lines', async () => {
    const files = { 'texas/100/feats': feats, 'texas/100/labels': '5\n1\n' };
    await expect(load(texas, folder(files))).rejects.toThrow(/labels has 2 lines, but 3 were expected/);
  });

  it('names what is missing in an archive, and what is there instead', async () => {
    const archive = await tgz({ 'other/things': 'x' });
    await expect(load(texas, folder({ 'dataset_texas.tgz': archive }))).rejects.toThrow(
      /has no member feats, but other\/things/,
    );
  });

  it('refuses a truncated archive', async () => {
    const archive = await tgz({ dataset_purchase: csv });
    const cut = archive.subarray(0, archive.length - 30);
    await expect(load(purchase, folder({ 'dataset_purchase.tgz': cut }))).rejects.toThrow(
      /dataset_purchase\.tgz/,
    );
  });

  it('refuses an archive with another git blob id or size than the published one', async () => {
    const archive = await tgz({ dataset_purchase: csv });
    const dataDir = folder({ 'dataset_purchase.tgz': archive });
    const blob = createHash('sha1').update(`blob ${archive.length}\0`).update(archive).digest('hex');
    const published = (more: object) =>
      tiny(purchase100, {
        ...purchase.facts,
        files: [{ name: 'dataset_purchase.tgz', urls: [], ...more }],
      });
    await expect(load(published({ gitBlob: '0'.repeat(40) }), dataDir)).rejects.toThrow(
      new RegExp(`git blob id ${blob}, but 0000`),
    );
    await expect(load(published({ bytes: 10 ** 6 }), dataDir)).rejects.toThrow(
      /bytes, but the published file has 1000000: it is not whole/,
    );
    expect((await load(published({ gitBlob: blob, bytes: archive.length }), dataDir)).records).toBe(3);
  });

  it('refuses npz arrays of another shape, other values and labels that are not one-hot', async () => {
    const values = Float64Array.from(expectedX);
    const at = folder({});
    await writeNpz(join(at, 'purchase100.npz'), { features: { shape: [4, 3], data: values } });
    await expect(load(purchase, at)).rejects.toThrow(/features has shape 4 x 3, but 3 x 4 was expected/);
    const half = await npzFolder(
      'purchase100.npz',
      values.map((v, i) => (i === 6 ? 0.5 : v)),
      oneHot,
    );
    await expect(load(purchase, half)).rejects.toThrow(/features\[1, 2\] is 0.5, but must be 0 or 1/);
    const two = await npzFolder(
      'purchase100.npz',
      values,
      oneHot.map((v, i) => (i === 5 || i === 6 ? 1 : v)),
    );
    await expect(load(purchase, two)).rejects.toThrow(/labels: record 1 is not one-hot/);
    const none = await npzFolder('purchase100.npz', values, new Uint8Array(15));
    await expect(load(purchase, none)).rejects.toThrow(/labels: record 0 is not one-hot: it has no 1/);
  });

  it('says where to get a data set that is not there, and all places where it may lie', async () => {
    const missing = loadDataset(purchase100, { dataDir: folder({}) });
    await expect(missing).rejects.toThrow(
      /Purchase100 is not in [\s\S]*ccl data fetch purchase100[\s\S]*dataset_purchase\.tgz[\s\S]*https:\/\/www\.comp\.nus[\s\S]*CCL_DATA_DIR/,
    );
    await expect(loadDataset(purchase100, { dataDir: '/nowhere/at/all' })).rejects.toThrow(
      /dataDir is "\/nowhere\/at\/all", but no such folder exists/,
    );
  });

  it('refuses to take more memory than allowed before reading', async () => {
    await expect(loadDataset(purchase100, { dataDir: folder({}), maxMemory: 10 ** 6 })).rejects.toThrow(
      /Purchase100 would take 119 MB of memory, but the limit is 1 MB/,
    );
  });
});

describe('readBinaryCsv', () => {
  const options = { name: 'x', records: 3, features: 4, classes: 5 };

  it('gives the same wherever the chunks are cut, with CR LF, quotes, decimals or no last line break', async () => {
    const variants = [
      csv,
      csv.replace(/\n/g, '\r\n'),
      csv.replace(/(\d)/g, '"$1"'),
      csv.replace(/,(\d)/g, ',$1.0'),
      csv.trimEnd(),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...variants),
        fc.array(fc.nat(60), { maxLength: 8 }),
        async (text, cuts) => {
          const bytes = Buffer.from(text);
          const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
            (a, b) => a - b,
          );
          const chunks = (async function* () {
            for (const [i, end] of ends.entries()) yield bytes.subarray(i === 0 ? 0 : ends[i - 1], end);
          })();
          const { x, y } = await readBinaryCsv(chunks, options);
          expect([[...x], [...y]]).toEqual([expectedX, expectedY]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('an own packing', () => {
  it('is read under the names that people give the arrays, and said to be no published file', async () => {
    const at = folder({});
    await writeNpz(join(at, 'purchase100.npz'), {
      x: { shape: [3, 4], data: Float64Array.from(expectedX) },
      y: { shape: [3], data: Int32Array.from(expectedY) },
    });
    const own = { ...purchase, facts: { ...purchase.facts, otherFiles: purchase100.facts.otherFiles } };
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { x, y } = await loadDataset(own, { dataDir: at });
    expect([[...x], [...y]]).toEqual([expectedX, expectedY]);
    expect(warned.mock.calls.flat().join()).toMatch(/no published checksum matches: your own packing/);
    warned.mockRestore();
    const { layouts } = await verifyDataset(own, { dataDir: at });
    expect(layouts[0].files[0].checksum).toBe('no published checksum matches: your own packing');
  });
});
