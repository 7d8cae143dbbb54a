import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeFeatures, type Dataset } from '../../src/data/dataset';
import { dataset, datasetNames, registered } from '../../src/data/registry';
import { generateBinary } from '../../src/data/synthetic-binary';
import { generateImages, syntheticImagesRecipe, syntheticPurchaseRecipe } from '../../src/data/synthetic';

const names = datasetNames.filter((name) => registered(name).synthetic) as 'synthetic-purchase'[];
const share = (x: Dataset['x']): number =>
  (x as Uint8Array).reduce((sum, value) => sum + value, 0) / x.length;

/** Test accuracy of naive Bayes: a classifier that needs no training loop, and a lower bound of what can be learnt. */
function naiveBayes({ x, y, features, classes, records }: Dataset, train: number): number {
  const ones = Array.from({ length: classes }, () => new Float64Array(features).fill(1));
  const counts = new Float64Array(classes).fill(2);
  for (let i = 0; i < train; i++) {
    counts[y[i]]++;
    for (let j = 0; j < features; j++) ones[y[i]][j] += x[i * features + j];
  }
  const logs = ones.map((row, c) => row.map((n) => Math.log(n / counts[c])));
  const others = ones.map((row, c) => row.map((n) => Math.log1p(-n / counts[c])));
  let right = 0;
  for (let i = train; i < records; i++) {
    const scores = Array.from({ length: classes }, (_, c) => {
      let score = Math.log(counts[c]);
      for (let j = 0; j < features; j++) score += x[i * features + j] === 1 ? logs[c][j] : others[c][j];
      return score;
    });
    if (scores.indexOf(Math.max(...scores)) === y[i]) right++;
  }
  return right / (records - train);
}

describe('synthetic data sets', () => {
  it('say that they are synthetic, have the sizes of the real ones, and tell what is assumed', () => {
    expect(names).toEqual(['synthetic-purchase', 'synthetic-texas', 'synthetic-images']);
    const sizes = names.map((name) => registered(name).facts);
    expect(sizes.map((facts) => [facts?.records, facts?.features, facts?.classes])).toEqual([
      [197_324, 600, 100],
      [67_330, 6_169, 100],
      [60_000, 3_072, 10],
    ]);
    sizes.forEach((facts) => expect(facts?.notes.join(' ')).toMatch(/assumed|not that of photographs/));
  });

  it('keep to shape, range and labels at any size and seed; a smaller set is the beginning of a larger one', async () => {
    for (const name of names) {
      const large = await dataset(name, { records: 60, seed: 5 });
      expect(large.synthetic).toBe(true);
      const input = fc.integer({ min: 1, max: 60 });
      await fc.assert(
        fc.asyncProperty(input, async (records) => {
          const small = await dataset(name, { records, seed: 5 });
          expect([small.records, small.y.length]).toEqual([records, records]);
          expect(
            Buffer.compare(
              small.x as Uint8Array,
              (large.x as Uint8Array).subarray(0, records * large.features),
            ),
          ).toBe(0);
          expect(small.y).toEqual(large.y.slice(0, records));
        }),
        { numRuns: 3 },
      );
      expect(large.y.every((label) => label >= 0 && label < large.classes)).toBe(true);
      if (large.image === undefined) expect(Math.max(...new Set(large.x))).toBe(1);
      else expect(large.image.height * large.image.width * large.image.channels).toBe(large.features);
    }
  });

  it('are other populations for other seeds, and the same bits for the same seed', async () => {
    const first = await dataset('synthetic-purchase', { records: 50 });
    const again = await dataset('synthetic-purchase', { records: 50, seed: 1 });
    const other = await dataset('synthetic-purchase', { records: 50, seed: 2 });
    expect(again).toEqual(first);
    expect(other.sha256).not.toBe(first.sha256);
    expect(other.title).toBe('Synthetic Purchase, seed 2');
  });

  it('still are what revision 1 made of them', async () => {
    const sums = await Promise.all(
      names.map(async (name) => (await dataset(name, { records: 40 })).sha256.slice(0, 12)),
    );
    expect(sums).toEqual(['4a133ebb1214', 'daa70b40161b', '758e4ff2eed5']);
  });

  it('have the stated density and uneven classes', async () => {
    const purchase = await dataset('synthetic-purchase', { records: 4000 });
    expect(Math.abs(share(purchase.x) - 0.2)).toBeLessThan(0.02);
    const texas = await dataset('synthetic-texas', { records: 500 });
    expect(Math.abs(share(texas.x) - 0.009)).toBeLessThan(0.002);
    const counts = new Int32Array(100);
    purchase.y.forEach((label) => counts[label]++);
    // 40 a class if they were even: the largest would then hardly be above 65.
    expect(Math.max(...counts)).toBeGreaterThan(80);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('can be learnt, and not perfectly', async () => {
    const purchase = await dataset('synthetic-purchase', { records: 6000 });
    const accuracy = naiveBayes(purchase, 5500);
    expect(accuracy).toBeGreaterThan(0.6);
    expect(accuracy).toBeLessThan(0.97);
  });

  it('overlap where the recipe says so: without signal nothing can be learnt', () => {
    const recipe = { ...syntheticPurchaseRecipe, classSpread: 0, classes: 4 };
    const { x, y } = generateBinary(recipe, 1500, 1);
    const blind = { x, y, features: 600, classes: 4, records: 1500 } as Dataset;
    expect(naiveBayes(blind, 1000)).toBeLessThan(0.5);
  });

  it('make pictures that use the range of gray levels and batch to [0, 1]', () => {
    const { x } = generateImages(syntheticImagesRecipe, 50, 1);
    const mean = share(x);
    expect(mean).toBeGreaterThan(100);
    expect(mean).toBeLessThan(140);
    const cut = x.filter((value) => value === 0 || value === 255).length / x.length;
    expect(cut).toBeLessThan(0.08);
    const image = { height: 32, width: 32, channels: 3 };
    const batch = takeFeatures({ x, features: 3072, image } as Dataset, Int32Array.of(7));
    expect(batch[5]).toBe(Math.fround(x[7 * 3072 + 5] / 255));
    expect(takeFeatures({ x, features: 3072, image } as Dataset, [7])).toEqual(batch);
  });

  it('refuse sizes and seeds that make no sense', async () => {
    await expect(dataset('synthetic-purchase', { records: 0 })).rejects.toThrow(
      /records is 0, but must be at least 1/,
    );
    await expect(dataset('synthetic-images', { records: 60_001 })).rejects.toThrow(/must be at most 60000/);
    await expect(dataset('synthetic-texas', { records: 1.5 })).rejects.toThrow(/records is 1.5/);
    await expect(dataset('synthetic-texas', { seed: -1 })).rejects.toThrow(/seed is -1/);
    await expect(dataset('synthetic-texas', { dataDir: '/' } as never)).rejects.toThrow(
      /"dataDir" is no option/,
    );
  });
});
