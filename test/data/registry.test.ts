import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  dataset,
  datasetNames,
  datasets,
  registered,
  type DatasetName,
  type DatasetOptions,
} from '../../src/data/registry';
import { cifar10, lossyCifar10 } from '../../src/data/cifar10';
import { publishedChecksum } from '../../src/data/content-hash';

describe('the registry of data sets', () => {
  it('has literal names, and options that depend on the name', () => {
    expectTypeOf<'cifar10'>().toMatchTypeOf<DatasetName>();
    expectTypeOf<'cifar11'>().not.toMatchTypeOf<DatasetName>();
    expectTypeOf<DatasetOptions<'cifar100'>['labels']>().toEqualTypeOf<'fine' | 'coarse' | undefined>();
    expectTypeOf<DatasetOptions<'cifar10'>>().not.toHaveProperty('labels');
    expectTypeOf<DatasetOptions<'imagenet'>>().toHaveProperty('perClass');
  });

  it('says of every real data set where it comes from, its terms, and how it is checked', () => {
    for (const name of datasetNames.filter((each) => !registered(each).synthetic)) {
      const { facts } = registered(name);
      expect(facts, name).toBeDefined();
      const { license, citation, homepage, files, records, features, image, classNames, classes } = facts!;
      expect(
        [license, citation].every((text) => text.length > 2),
        name,
      ).toBe(true);
      expect(homepage, name).toMatch(/^https?:\/\//);
      expect(
        files.every((file) => publishedChecksum(file) !== undefined),
        name,
      ).toBe(true);
      expect(records > 0 && classes > 1, name).toBe(true);
      if (image !== undefined) expect(image.height * image.width * image.channels, name).toBe(features);
      if (classNames !== undefined) expect(new Set(classNames).size, name).toBe(classes);
    }
  });

  it('names synthetic sets so, and only those', () => {
    for (const name of datasetNames) expect(registered(name).synthetic).toBe(name.startsWith('synthetic-'));
  });

  it('refuses options that a data set does not have, and values that it does not know', async () => {
    await expect(dataset('cifar10', { labels: 'coarse' } as never)).rejects.toThrow(
      /"labels" is no option of data set cifar10/,
    );
    await expect(dataset('cifar100', { labels: 'medium' as never })).rejects.toThrow(/labels is "medium"/);
    await expect(dataset('imagenet', { size: 4 })).rejects.toThrow(/size is 4/);
    expect(Object.keys(datasets)).toEqual(datasetNames);
  });

  it('knows the 111 doubtful rows of one copy of CIFAR-10, and none of any other', () => {
    const known = lossyCifar10('50eb9bf76637810ad9b868bdf44a905ee4b9256c247da49a0f4f78326ba83057');
    expect(known?.records.length).toBe(111);
    expect([...known!.records]).toEqual([...new Set(known!.records)].sort((a, b) => a - b));
    expect(lossyCifar10('0'.repeat(64))).toBeUndefined();
    expect(cifar10.facts.doubtful).toBe(lossyCifar10);
  });
});
