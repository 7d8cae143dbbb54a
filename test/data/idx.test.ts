import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fashionMnist } from '../../src/data/fashion-mnist';
import { loadDataset } from '../../src/data/load-dataset';
import { mnist } from '../../src/data/mnist';
import { writeNpz } from '../../src/platform/formats/npz';
import { folders, tiny } from './tiny-sets';

const folder = folders();
const image = { height: 2, width: 3, channels: 1 };
const sizes = { records: 5, officialTrain: 3, features: 6, image };
const digits = tiny(mnist, sizes);

const x = Array.from({ length: 30 }, (_, i) => (i * 37) % 256);
const y = [3, 9, 0, 1, 9];

/** As the page of MNIST describes it: two zero bytes, type 8 (unsigned byte), number of axes, sizes big-endian, values. */
function idx(shape: readonly number[], values: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, Buffer.from(values)]);
}

const files = {
  'train-images-idx3-ubyte': idx([3, 2, 3], x.slice(0, 18)),
  'train-labels-idx1-ubyte': idx([3], y.slice(0, 3)),
  't10k-images-idx3-ubyte': idx([2, 2, 3], x.slice(18)),
  't10k-labels-idx1-ubyte': idx([2], y.slice(3)),
};
const zipped = Object.fromEntries(Object.entries(files).map(([name, raw]) => [`${name}.gz`, gzipSync(raw)]));
const inFolder = (prefix: string, of: Record<string, Buffer>): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(of).map(([name, content]) => [prefix + name, content]));

describe('MNIST gives the same records from every layout', () => {
  it.each([
    ['raw', async () => folder(files)],
    ["raw in torchvision's folder", async () => folder(inFolder('MNIST/raw/', files))],
    ['gz', async () => folder(inFolder('mnist/', zipped))],
    [
      'gz and raw mixed',
      async () => folder({ ...zipped, 'train-labels-idx1-ubyte': files['train-labels-idx1-ubyte'] }),
    ],
    [
      'raw with dots in the names',
      async () =>
        folder(
          Object.fromEntries(Object.entries(files).map(([name, raw]) => [name.replace('-idx', '.idx'), raw])),
        ),
    ],
    [
      'npz',
      async () => {
        const at = folder({});
        await writeNpz(join(at, 'mnist.npz'), {
          x_train: { shape: [3, 2, 3], data: Uint8Array.from(x.slice(0, 18)) },
          y_train: { shape: [3], data: Uint8Array.from(y.slice(0, 3)) },
          x_test: { shape: [2, 2, 3], data: Uint8Array.from(x.slice(18)) },
          y_test: { shape: [2], data: Uint8Array.from(y.slice(3)) },
        });
        return at;
      },
    ],
  ])('%s', async (_title, make) => {
    const dataDir = await make();
    for (let round = 0; round < 2; round++) {
      const data = await loadDataset(digits, { dataDir });
      expect([[...data.x], [...data.y], data.officialTrain, data.image]).toEqual([x, y, 3, image]);
    }
  });
});

describe('wrong files of MNIST', () => {
  const load = (change: Record<string, Buffer>) =>
    loadDataset(digits, { dataDir: folder({ ...files, ...change }) });

  it.each([
    [
      'a truncated file',
      { 't10k-images-idx3-ubyte': files['t10k-images-idx3-ubyte'].subarray(0, 20) },
      /t10k-images/,
    ],
    [
      'another count',
      { 't10k-labels-idx1-ubyte': idx([1], [1]) },
      /t10k-labels-idx1-ubyte holds 1 values, but 2 bytes/,
    ],
    [
      'another size',
      { 't10k-images-idx3-ubyte': idx([2, 3, 2], x.slice(18)) },
      /holds 2 x 3 x 2 values, but 2 x 2 x 3/,
    ],
    [
      'a wrong label',
      { 't10k-labels-idx1-ubyte': idx([2], [1, 10]) },
      /t10k-labels-idx1-ubyte: record 1 has label 10/,
    ],
    ['no idx file', { 'train-labels-idx1-ubyte': Buffer.from('<html>') }, /train-labels-idx1-ubyte/],
  ])('%s', async (_title, change, message) => {
    await expect(load(change)).rejects.toThrow(message);
  });

  it('refuses a truncated gz file', async () => {
    const name = 'train-images-idx3-ubyte.gz';
    const dataDir = folder({ ...zipped, [name]: zipped[name].subarray(0, 30) });
    await expect(loadDataset(digits, { dataDir })).rejects.toThrow(/train-images-idx3-ubyte\.gz/);
  });

  it('tells the twins MNIST and Fashion-MNIST apart by their published checksums', async () => {
    const raw = files['train-images-idx3-ubyte'];
    const published = createHash('md5').update('the real one').digest('hex');
    const fashion = tiny(fashionMnist, {
      ...sizes,
      otherFiles: [{ name: 'train-images-idx3-ubyte', urls: [], md5: published }],
    });
    const found = createHash('md5').update(raw).digest('hex');
    await expect(loadDataset(fashion, { dataDir: folder(files) })).rejects.toThrow(
      `train-images-idx3-ubyte has MD5 ${found}, but ${published} is published`,
    );
  });
});
