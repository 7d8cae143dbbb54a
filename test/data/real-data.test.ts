import { describe, expect, it } from 'vitest';
import { dataFolder, findLayouts } from '../../src/data/data-folder';
import { cleanRecords, exactDuplicates } from '../../src/data/duplicates';
import { dataset, registered, type DatasetName } from '../../src/data/registry';

/** Whether the folder of CCL_DATA_DIR has the real files; without it these tests are skipped. */
function isThere(name: DatasetName): boolean {
  if ((process.env.CCL_DATA_DIR ?? '') === '') return false;
  return findLayouts(registered(name).definition!({}), dataFolder()).length > 0;
}

const classCounts = (y: Int32Array, classes: number): number[] => {
  const counts = new Array<number>(classes).fill(0);
  y.forEach((label) => counts[label]++);
  return counts;
};

describe.skipIf(!isThere('cifar10'))('the real CIFAR-10', () => {
  it('has 6,000 pictures a class, opens quickly, and knows its doubtful rows', async () => {
    const start = process.cpuUsage();
    const data = await dataset('cifar10', { cache: false });
    const { user, system } = process.cpuUsage(start);
    // Time of the processor rather than of the clock: other work on the machine does not count.
    expect((user + system) / 1e6).toBeLessThan(1);
    expect(classCounts(data.y, 10)).toEqual(new Array(10).fill(6000));
    expect(classCounts(data.y.subarray(0, 50_000), 10)).toEqual(new Array(10).fill(5000));
    // The first training picture is a frog; its first pixel is known from many a tutorial.
    expect([data.classNames?.[data.y[0]], ...data.x.subarray(0, 3)]).toEqual(['frog', 59, 62, 63]);
    const lossy = data.doubtful?.records ?? new Int32Array(0);
    if (lossy.length > 0) {
      expect(lossy.length).toBe(111);
      expect([...new Set(Array.from(lossy, (record) => data.classNames?.[data.y[record]]))].sort()).toEqual([
        'horse',
        'ship',
      ]);
    }
    expect(cleanRecords(data).length).toBe(60_000 - lossy.length);
  });
});

describe.skipIf(!isThere('cifar100'))('the real CIFAR-100', () => {
  it('has 600 pictures a class in 20 coarse ones, and 59,974 distinct pictures', async () => {
    const fine = await dataset('cifar100');
    const coarse = await dataset('cifar100', { labels: 'coarse' });
    expect(classCounts(fine.y, 100)).toEqual(new Array(100).fill(600));
    expect(classCounts(coarse.y, 20)).toEqual(new Array(20).fill(3000));
    // Record 0 is of cattle (19) among the large omnivores and herbivores (11).
    expect([fine.classNames?.[fine.y[0]], coarse.classNames?.[coarse.y[0]]]).toEqual([
      'cattle',
      'large_omnivores_and_herbivores',
    ]);
    const copies = exactDuplicates(fine).reduce((sum, group) => sum + group.length - 1, 0);
    expect(60_000 - copies).toBe(59_974);
  });
});

describe.skipIf(!isThere('fashion-mnist'))('the real Fashion-MNIST', () => {
  it('has 7,000 pictures a class and the published checksums', async () => {
    const data = await dataset('fashion-mnist');
    expect(classCounts(data.y, 10)).toEqual(new Array(10).fill(7000));
    expect(data.classNames?.[data.y[0]]).toBe('Ankle boot');
  });
});
