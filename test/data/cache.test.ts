import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCache, writeCache } from '../../src/data/cache';
import { cacheFolder } from '../../src/data/data-folder';
import { loadDataset } from '../../src/data/load-dataset';
import { packBits, unpackBits } from '../../src/data/content-hash';
import { purchase100 } from '../../src/data/purchase100';
import { projectRoot } from '../../src/paths';
import { folders, tiny } from './tiny-sets';

const folder = folders();
const definition = tiny(purchase100, { records: 2, features: 3, classes: 2 });
const csv = '1,0,1,1\n2,1,0,0\n';
const other = '1,0,1,1\n2,0,0,0\n';

const cacheOf = (dataDir: string): string => join(dataDir, '.ccl-cache', 'purchase100.ccldata');
const load = async (dataDir: string) => [...(await loadDataset(definition, { dataDir })).x];

describe('packBits', () => {
  it('is undone by unpackBits, for any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 1, maxLength: 70 }), (x) => {
        const packed = packBits(x);
        expect(packed.length).toBe(Math.ceil(x.length / 8));
        expect(unpackBits(packed, x.length)).toEqual(x);
      }),
    );
  });
});

describe('the cache', () => {
  it('gives back what was put in: bits, bytes and floats, image, names and boundary', async () => {
    const at = folder({ source: 'abc' });
    const source = join(at, 'source');
    const x = { bits: Uint8Array.of(0, 1, 1, 0, 1, 0), bytes: Uint8Array.of(0, 1, 2, 200, 255, 7) };
    const facts = definition.facts;
    for (const [name, values] of Object.entries({ ...x, floats: Float32Array.of(0, -1.5, 3, 1e-9, 2, 1) })) {
      const path = join(at, name);
      const content = {
        x: values,
        y: Int32Array.of(1, 0),
        classNames: ['a', 'ü'],
        image: { height: 1, width: 1, channels: 3 },
        officialTrain: 1,
      };
      await writeCache(path, facts, 7, [source], content);
      const cached = await openCache(path, facts, 7, [source]);
      expect(cached?.content).toEqual(content);
      expect(await openCache(path, facts, 8, [source])).toBeUndefined();
      expect(await openCache(path, { ...facts, name: 'other' }, 7, [source])).toBeUndefined();
    }
  });

  it('is read when the source is unchanged, also if it was only touched, and made anew if it changed', async () => {
    const dataDir = folder({ dataset_purchase: csv });
    const source = join(dataDir, 'dataset_purchase');
    const first = await load(dataDir);
    const made = statSync(cacheOf(dataDir)).mtimeMs;
    utimesSync(source, 1, 1);
    expect(await load(dataDir)).toEqual(first);
    expect(statSync(cacheOf(dataDir)).mtimeMs).toBe(made);
    // Same size, other content.
    writeFileSync(source, other);
    expect(await load(dataDir)).toEqual([0, 1, 1, 0, 0, 0]);
    expect(await load(dataDir)).toEqual([0, 1, 1, 0, 0, 0]);
  });

  it('stands in for a source that was deleted', async () => {
    const dataDir = folder({ dataset_purchase: csv });
    const first = await load(dataDir);
    rmSync(join(dataDir, 'dataset_purchase'));
    expect(await load(dataDir)).toEqual(first);
  });

  it('is made anew, whatever byte of it is broken, cut off or added', async () => {
    const dataDir = folder({ dataset_purchase: csv });
    const first = await load(dataDir);
    const whole = readFileSync(cacheOf(dataDir));
    const damaged = [
      ...Array.from({ length: whole.length }, (_, i) => {
        const copy = Buffer.from(whole);
        copy[i] ^= 1;
        return copy;
      }),
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 5),
      Buffer.concat([whole, Buffer.from('x')]),
    ];
    const source = join(dataDir, 'dataset_purchase');
    for (const bytes of damaged) {
      writeFileSync(cacheOf(dataDir), bytes);
      expect(await openCache(cacheOf(dataDir), definition.facts, 1, [source])).toBeUndefined();
    }
    expect(await load(dataDir)).toEqual(first);
    expect(readdirSync(join(dataDir, '.ccl-cache'))).toEqual(['purchase100.ccldata']);
  });

  it('of other sizes than the data set has is not used', async () => {
    const dataDir = folder({ dataset_purchase: csv });
    await load(dataDir);
    const wider = tiny(purchase100, { records: 2, features: 4, classes: 2 });
    rmSync(join(dataDir, 'dataset_purchase'));
    await expect(loadDataset(wider, { dataDir })).rejects.toThrow(/Purchase100 is not in/);
  });

  it('is left out on request', async () => {
    const dataDir = folder({ dataset_purchase: csv });
    await loadDataset(definition, { dataDir, cache: false });
    expect(existsSync(join(dataDir, '.ccl-cache'))).toBe(false);
  });

  it('lies in out/data-cache if the data folder is read-only', () => {
    const at = folder({});
    const readOnly = join(at, 'read-only');
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o555);
    expect(cacheFolder(at)).toEqual({ path: join(at, '.ccl-cache'), shared: false });
    // Root may write anywhere but below /proc.
    const isRoot = process.getuid?.() === 0;
    expect(cacheFolder(isRoot ? '/proc/self' : readOnly)).toEqual({
      path: join(projectRoot, 'out', 'data-cache'),
      shared: true,
    });
  });
});
