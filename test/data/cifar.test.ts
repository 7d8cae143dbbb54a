import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cifar10 } from '../../src/data/cifar10';
import { cifar100 } from '../../src/data/cifar100';
import type { DatasetDefinition } from '../../src/data/dataset';
import { loadDataset } from '../../src/data/load-dataset';
import { writeNpz } from '../../src/platform/formats/npz';
import { folders, tgz, tiny } from './tiny-sets';

// Made by numpy: test/fixtures/data/make-cifar-batches.py.
const fixtures = join(__dirname, '..', 'fixtures', 'data');
interface Expected {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly planes: readonly number[];
  readonly coarse: readonly number[];
}
const expected = JSON.parse(readFileSync(join(fixtures, 'cifar-expected.json'), 'utf8')) as {
  readonly cifar10: Expected;
  readonly cifar100: Expected;
};

const folder = folders();
const image = { height: 4, width: 4, channels: 3 };
const ten = tiny(cifar10, { records: 12, officialTrain: 10, features: 48, image });
const hundred = (labels?: 'fine' | 'coarse'): DatasetDefinition =>
  tiny(cifar100(labels), { records: 5, officialTrain: 3, features: 48, image });

const tenNames = [
  'data_batch_1',
  'data_batch_2',
  'data_batch_3',
  'data_batch_4',
  'data_batch_5',
  'test_batch',
];

/** The binary layout, from the planes of the fixture. */
function binary(of: Expected, from: number, to: number, labels: readonly (readonly number[])[]): Buffer {
  const records = Array.from({ length: to - from }, (_, i) => [
    ...labels.map((column) => column[from + i]),
    ...of.planes.slice((from + i) * 48, (from + i + 1) * 48),
  ]);
  return Buffer.from(records.flat());
}

function tenBinary(prefix: string): Record<string, Buffer> {
  const of = expected.cifar10;
  return Object.fromEntries(
    tenNames.map((name, i) => [`${prefix}${name}.bin`, binary(of, 2 * i, 2 * i + 2, [of.y])]),
  );
}

function hundredBinary(prefix: string): Record<string, Buffer> {
  const of = expected.cifar100;
  return {
    [`${prefix}train.bin`]: binary(of, 0, 3, [of.coarse, of.y]),
    [`${prefix}test.bin`]: binary(of, 3, 5, [of.coarse, of.y]),
  };
}

function python(names: readonly string[], from: string, prefix: string): Record<string, Buffer> {
  return Object.fromEntries(
    names.map((name) => [`${prefix}${name}`, readFileSync(join(fixtures, from, name))]),
  );
}

async function kerasNpz(planesFirst: boolean): Promise<string> {
  const at = folder({});
  const { x, y, planes } = expected.cifar10;
  const pixels = Uint8Array.from(planesFirst ? planes : x);
  const shape = (n: number): number[] => (planesFirst ? [n, 3, 4, 4] : [n, 4, 4, 3]);
  await writeNpz(join(at, 'cifar10.npz'), {
    x_train: { shape: shape(10), data: pixels.slice(0, 480) },
    y_train: { shape: [10, 1], data: Uint8Array.from(y.slice(0, 10)) },
    x_test: { shape: shape(2), data: pixels.slice(480) },
    y_test: { shape: [2], data: Uint8Array.from([...y.slice(10)]) },
  });
  return at;
}

describe('CIFAR gives the same records from every layout, pixels with channels last', () => {
  it.each([
    ['binary', async () => folder(tenBinary('cifar-10-batches-bin/'))],
    ['binary, loose in cifar10/', async () => folder(tenBinary('cifar10/'))],
    [
      'binary archive',
      async () => folder({ 'cifar-10-binary.tar.gz': await tgz(tenBinary('cifar-10-batches-bin/')) }),
    ],
    ['python', async () => folder(python(tenNames, 'cifar-10-batches-py', 'cifar-10-batches-py/'))],
    [
      'python archive',
      async () =>
        folder({
          'cifar-10-python.tar.gz': await tgz(
            python(tenNames, 'cifar-10-batches-py', 'cifar-10-batches-py/'),
          ),
        }),
    ],
  ])('CIFAR-10, %s', async (_title, make) => {
    const dataDir = await make();
    for (let round = 0; round < 2; round++) {
      const data = await loadDataset(ten, { dataDir });
      expect([...data.x]).toEqual(expected.cifar10.x);
      expect([...data.y]).toEqual(expected.cifar10.y);
      expect([data.officialTrain, data.image, data.classNames?.[9]]).toEqual([10, image, 'truck']);
    }
  });

  it('CIFAR-10, npz with channels last or first', async () => {
    for (const first of [false, true]) {
      const data = await loadDataset(ten, { dataDir: await kerasNpz(first) });
      expect([[...data.x], [...data.y]]).toEqual([expected.cifar10.x, expected.cifar10.y]);
    }
  });

  it.each([
    ['binary', async () => folder(hundredBinary('cifar-100-binary/'))],
    [
      'binary archive',
      async () => folder({ 'cifar-100-binary.tar.gz': await tgz(hundredBinary('cifar-100-binary/')) }),
    ],
    ['python', async () => folder(python(['train', 'test'], 'cifar-100-python', 'cifar-100-python/'))],
  ])('CIFAR-100, %s, fine and coarse', async (_title, make) => {
    const dataDir = await make();
    for (let round = 0; round < 2; round++) {
      const fine = await loadDataset(hundred(), { dataDir });
      expect([[...fine.x], [...fine.y], fine.classes]).toEqual([
        expected.cifar100.x,
        expected.cifar100.y,
        100,
      ]);
      const coarse = await loadDataset(hundred('coarse'), { dataDir }, 'coarse');
      expect([[...coarse.y], coarse.classes, coarse.classNames?.length]).toEqual([
        expected.cifar100.coarse,
        20,
        20,
      ]);
      expect(coarse.sha256).not.toBe(fine.sha256);
    }
  });
});

const without = (files: Record<string, Buffer>, name: string): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(files).filter(([other]) => other !== name));

describe('wrong files of CIFAR', () => {
  const load = (dataDir: string) => loadDataset(ten, { dataDir });
  const files = tenBinary('cifar-10-batches-bin/');
  const third = 'cifar-10-batches-bin/data_batch_3.bin';

  it('names a truncated binary batch with both sizes', async () => {
    const cut = folder({ ...files, [third]: files[third].subarray(0, 60) });
    await expect(load(cut)).rejects.toThrow(
      /data_batch_3\.bin has 60 bytes, but 2 records of 49 bytes were expected \(98\)/,
    );
  });

  it('names the record with a wrong label', async () => {
    const wrong = Buffer.from(files[third]);
    wrong[49] = 10;
    await expect(load(folder({ ...files, [third]: wrong }))).rejects.toThrow(
      /data_batch_3\.bin: record 1 has label 10, but CIFAR-10 has the classes 0 .. 9/,
    );
  });

  it('names a batch that an archive lacks', async () => {
    const others = without(files, third);
    await expect(load(folder({ 'cifar-10-binary.tar.gz': await tgz(others) }))).rejects.toThrow(
      /has no member data_batch_3\.bin/,
    );
  });

  it('does not take a folder with a missing batch for the data set', async () => {
    const others = without(files, third);
    await expect(load(folder(others))).rejects.toThrow(/CIFAR-10 is not in /);
  });

  it('names what a python batch lacks, and refuses one that would run code', async () => {
    const batches = python(tenNames, 'cifar-10-batches-py', 'cifar-10-batches-py/');
    const of100 = readFileSync(join(fixtures, 'cifar-100-python', 'test'));
    const second = 'cifar-10-batches-py/data_batch_2';
    await expect(load(folder({ ...batches, [second]: of100 }))).rejects.toThrow(
      /data_batch_2: labels has no list of labels, but 2 were expected/,
    );
    const cut = batches[second].subarray(0, 100);
    await expect(load(folder({ ...batches, [second]: cut }))).rejects.toThrow(/data_batch_2/);
    // What pickle.dumps makes of an object whose __reduce__ is (os.system, ('touch hacked',)).
    const hostile = Buffer.from("cposix\nsystem\n(S'touch hacked'\ntR.", 'latin1');
    await expect(load(folder({ ...batches, [second]: hostile }))).rejects.toThrow(/data_batch_2[\s\S]*posix/);
  });

  it('refuses an npz with a part of the records', async () => {
    const at = folder({});
    await writeNpz(join(at, 'cifar10.npz'), {
      x_train: { shape: [2, 4, 4, 3], data: new Uint8Array(96) },
      y_train: { shape: [2], data: new Uint8Array(2) },
    });
    await expect(load(at)).rejects.toThrow(/x_train is 2 x 4 x 4 x 3, but uint8 10 x 4 x 4 x 3 was expected/);
  });
});
