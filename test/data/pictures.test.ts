import sharp from 'sharp';
import { ZipFile } from 'yazl';
import { describe, expect, it } from 'vitest';
import type { DatasetDefinition } from '../../src/data/dataset';
import { imagenet, type ImageNetOptions, tinyImagenet } from '../../src/data/imagenet';
import { loadDataset } from '../../src/data/load-dataset';
import { pictureList, classFolders, classFolderZip } from '../../src/data/class-folders';
import { folders } from './tiny-sets';

const folder = folders();

type Color = readonly [number, number, number];

/** A picture of one color. */
function picture(kind: 'png' | 'jpeg', [r, g, b]: Color, width = 8, height = width): Promise<Buffer> {
  const canvas = sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
  return (
    kind === 'png' ? canvas.png() : canvas.jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
  ).toBuffer();
}

async function zip(files: Record<string, Buffer>): Promise<Buffer> {
  const archive = new ZipFile();
  Object.entries(files).forEach(([name, content]) => archive.addBuffer(content, name));
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** TinyImageNet with two classes, three training and two validation pictures of 8 x 8 pixels. */
const tinyFacts = {
  ...tinyImagenet.facts,
  files: [],
  records: 5,
  features: 192,
  classes: 2,
  officialTrain: 3,
};
const small: DatasetDefinition = {
  ...tinyImagenet,
  facts: { ...tinyFacts, image: { height: 8, width: 8, channels: 3 } },
  layouts: [
    classFolders([['train/'], ['val/']], { size: 8 }),
    classFolderZip('tiny-imagenet-200.zip', { size: 8 }),
  ],
};

const colors: Record<string, Color> = {
  'train/n02/images/n02_0.JPEG': [200, 10, 10],
  'train/n01/images/n01_1.JPEG': [10, 200, 10],
  'train/n01/images/n01_0.JPEG': [10, 10, 200],
  'val/images/val_0.JPEG': [90, 90, 90],
  'val/images/val_1.JPEG': [0, 0, 0],
};

async function tinyFiles(prefix: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {
    [`${prefix}wnids.txt`]: Buffer.from('n02\nn01\n'),
    [`${prefix}val/val_annotations.txt`]: Buffer.from(
      'val_0.JPEG\tn02\t0\t0\t7\t7\nval_1.JPEG\tn01\t0\t0\t7\t7\n',
    ),
    [`${prefix}train/n01/n01_boxes.txt`]: Buffer.from('x'),
  };
  for (const [name, color] of Object.entries(colors)) files[prefix + name] = await picture('jpeg', color);
  return files;
}

/** The first pixel of each record. */
const firstPixels = (x: ArrayLike<number>, features: number): number[][] =>
  Array.from({ length: x.length / features }, (_, i) =>
    [0, 1, 2].map((channel) => x[i * features + channel]),
  );

describe('TinyImageNet', () => {
  it.each([
    ['extracted', async () => folder(await tinyFiles('tiny-imagenet-200/'))],
    [
      'zip',
      async () => folder({ 'tiny-imagenet-200.zip': await zip(await tinyFiles('tiny-imagenet-200/')) }),
    ],
  ])('%s: classes and pictures sorted, labels of val from its annotations', async (_title, make) => {
    const dataDir = await make();
    for (let round = 0; round < 2; round++) {
      const data = await loadDataset(small, { dataDir });
      expect(data.classNames).toEqual(['n01', 'n02']);
      expect([...data.y]).toEqual([0, 0, 1, 0, 1]);
      expect(data.officialTrain).toBe(3);
      const wanted = [
        [10, 10, 200],
        [10, 200, 10],
        [200, 10, 10],
        [0, 0, 0],
        [90, 90, 90],
      ];
      firstPixels(data.x, 192).forEach((pixel, i) =>
        pixel.forEach((value, channel) =>
          expect(Math.abs(value - wanted[i][channel])).toBeLessThanOrEqual(3),
        ),
      );
    }
  });

  it('refuses a picture of another size, a broken one, and another number of them, by name', async () => {
    const files = await tinyFiles('');
    const name = 'train/n01/images/n01_1.JPEG';
    const load = (change: Record<string, Buffer>) =>
      loadDataset(small, { dataDir: folder({ ...files, ...change }) });
    await expect(load({ [name]: await picture('jpeg', [1, 2, 3], 9, 8) })).rejects.toThrow(
      /n01_1\.JPEG has 9 x 8 pixels, but 8 x 8 were expected/,
    );
    await expect(load({ [name]: files[name].subarray(0, 100) })).rejects.toThrow(/n01_1\.JPEG/);
    await expect(load({ 'train/n01/images/more.JPEG': files[name] })).rejects.toThrow(
      /6 labels .* but TinyImageNet has 5 records/,
    );
    await expect(load({ 'val/images/val_2.JPEG': files[name] })).rejects.toThrow(
      /val\/images\/val_2\.JPEG has no line in val_annotations\.txt/,
    );
  });
});

describe('ImageNet', () => {
  const options: ImageNetOptions = { size: 8 };
  const files = async (): Promise<Record<string, Buffer>> => ({
    'imagenet/train/n01/a.JPEG': await picture('jpeg', [250, 250, 250], 20, 40),
    'imagenet/train/n01/b.png': await picture('png', [1, 2, 3], 30, 20),
    'imagenet/train/n02/c.jpg': await picture('jpeg', [100, 100, 100], 64, 64),
    'imagenet/val/n02/d.JPEG': await picture('jpeg', [9, 9, 9], 50, 9),
  });
  const load = async (more: ImageNetOptions = {}, limits = {}) => {
    const definition = imagenet({ ...options, ...more });
    return loadDataset(definition, { dataDir: folder(await files()), ...limits }, definition.variant);
  };

  it('scales and cuts pictures of any size to one', async () => {
    const data = await load();
    expect([data.records, data.features, data.officialTrain, data.classes]).toEqual([4, 192, 3, 2]);
    expect([...data.y]).toEqual([0, 0, 1, 1]);
    expect(firstPixels(data.x, 192)[1]).toEqual([1, 2, 3]);
    expect(data.image?.normalization?.mean[0]).toBe(0.485);
  });

  it('takes a part of it, and keeps parts apart in the cache', async () => {
    expect((await load({ perClass: 1 })).records).toBe(3);
    const dataDir = folder(await files());
    for (const [classNames, records] of [
      [['n02', 'n01'], 4],
      [['n01', 'n02'], 4],
    ] as const) {
      const definition = imagenet({ ...options, classNames });
      const data = await loadDataset(definition, { dataDir }, definition.variant);
      expect([data.records, data.classNames]).toEqual([records, classNames]);
    }
    await expect(load({ classNames: ['n01', 'n09'] })).rejects.toThrow(/has no class "n09"/);
  });

  it('says how much memory all of it takes, and what to do', async () => {
    await expect(load({ size: 224 }, { maxMemory: 10 ** 5 })).rejects.toThrow(
      /4 pictures of 224 x 224 pixels take 602 kB, but 100 kB are allowed\. Take fewer \(perClass/,
    );
  });

  it('reads a validation part alone', async () => {
    const dataDir = folder({ 'val/n02/d.JPEG': await picture('jpeg', [9, 9, 9]) });
    const data = await loadDataset(imagenet(options), { dataDir }, 'x');
    expect([data.records, data.officialTrain]).toEqual([1, 0]);
  });
});

describe('pictureList', () => {
  it('refuses what has no pictures, or a class that only val has', () => {
    expect(() => pictureList('here', ['train/readme.txt', 'a.jpg'], undefined)).toThrow(
      /here holds no picture/,
    );
    expect(() => pictureList('here', ['train/a/1.jpg', 'val/b/2.jpg'], undefined)).toThrow(
      /val\/b\/2\.jpg is of class b, which train\/ does not have/,
    );
  });
});
