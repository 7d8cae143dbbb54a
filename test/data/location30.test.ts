import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadLocation30, location30File, parseLocationCsv } from '../../src/data/location30';
import { dataset } from '../../src/data/registry';

const folder = mkdtempSync(join(tmpdir(), 'location30-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('Location30', () => {
  it('has the published shape, classes and values', async () => {
    const { records, features, classes, x, y, synthetic } = await dataset('location30');
    expect([records, features, classes, synthetic]).toEqual([5010, 446, 30, false]);
    expect(x.length).toBe(5010 * 446);
    expect(new Set(x)).toEqual(new Set([0, 1]));
    expect(new Set(y).size).toBe(30);
    // Counted once with Python from the archive: ones in all, and the label of the first record less 1.
    expect((x as Uint8Array).reduce((sum, value) => sum + value, 0)).toBe(269047);
    expect(y[0]).toBe(12);
  });

  it('refuses a truncated file, naming both checksums and the way back', async () => {
    const file = join(folder, 'broken.tgz');
    writeFileSync(file, readFileSync(location30File).subarray(0, 1000));
    await expect(loadLocation30(file)).rejects.toThrow(
      /has SHA-256 [0-9a-f]{64}, but 927203f8.* Restore it with `git checkout/,
    );
  });

  it('refuses a missing file by name', async () => {
    await expect(loadLocation30(join(folder, 'nowhere.tgz'))).rejects.toThrow(
      /nowhere.tgz cannot be read \(ENOENT\)/,
    );
  });

  it('refuses an unknown data set and knows what was meant', async () => {
    await expect(dataset('lokation30' as never)).rejects.toThrow(
      /"lokation30" is no data set. Did you mean "location30"\?/,
    );
  });
});

describe('parseLocationCsv', () => {
  const shape = { records: 2, features: 3, classes: 4 };
  it('reads labels from 1 on and binary features', () => {
    const { x, y } = parseLocationCsv(Buffer.from('"1",0,1,1\n"4",1,0,0\n'), shape);
    expect([...x]).toEqual([0, 1, 1, 1, 0, 0]);
    expect([...y]).toEqual([0, 3]);
  });

  it.each([
    ['"1",0,1,1\n', /1 lines, but 2 were expected/],
    ['"1",0,1,1\n"5",1,0,0\n', /line 2 has label 5, but it must be in 1 .. 4/],
    ['"0",0,1,1\n"4",1,0,0\n', /line 1 has label 0/],
    ['"1",0,1\n"4",1,0,0\n', /line 1 has 2 features, but 3 were expected/],
    ['"1",0,1,2\n"4",1,0,0\n', /line 1 is not a quoted label followed by 0s and 1s/],
    ['1,0,1,1\n"4",1,0,0\n', /line 1 is not a quoted label/],
  ])('refuses %j by line and reason', (csv, message) => {
    expect(() => parseLocationCsv(Buffer.from(csv), shape)).toThrow(message);
  });
});
