import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { gunzip, gunzipped } from '../../src/platform/formats/gzip';
import { collect, testFolder } from './fixtures';

const folder = testFolder();
const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * i) % 251));
const packed = gzipSync(content);

describe('gunzip', () => {
  it('reads a file, of known or unknown size, also of several members', async () => {
    const path = folder.write('a.gz', packed);
    expect(Buffer.from(await gunzip(path)).equals(content)).toBe(true);
    expect(Buffer.from(await gunzip(path, { expectedBytes: content.length })).equals(content)).toBe(true);
    const two = folder.write('two.gz', Buffer.concat([gzipSync('ab'), gzipSync('c')]));
    expect(Buffer.from(await gunzip(two)).toString()).toBe('abc');
    expect(Buffer.concat(await collect(gunzipped(path))).equals(content)).toBe(true);
  });

  it('stops at the first byte more', async () => {
    const path = folder.write('bomb.gz', gzipSync(Buffer.alloc(50_000_000)));
    const before = process.memoryUsage().arrayBuffers;
    await expect(gunzip(path, { maxBytes: 49_999 })).rejects.toThrow(
      /bomb\.gz unpacks to more than 50 kB.*stopped there/,
    );
    await expect(gunzip(path, { expectedBytes: 1000 })).rejects.toThrow(/more than 1000 bytes/);
    await expect(gunzip(path, { limits: { maxMemory: 1e6 } })).rejects.toThrow(/more than 1 MB/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('refuses an expected size beyond the limits, and content of another size', async () => {
    const path = folder.write('a.gz', packed);
    await expect(gunzip(path, { expectedBytes: 2e6, limits: { maxMemory: 1e6 } })).rejects.toThrow(
      /would take 2 MB/,
    );
    await expect(gunzip(path, { expectedBytes: 600_001 })).rejects.toThrow(
      /has 600000 bytes unpacked, but must have 600001/,
    );
  });

  it('names a file that is cut, damaged or of another kind', async () => {
    await expect(gunzip(folder.write('cut.gz', packed.subarray(0, packed.length - 9)))).rejects.toThrow(
      /cut\.gz is cut short/,
    );
    const damaged = Buffer.from(packed);
    damaged[damaged.length - 8] ^= 1;
    await expect(gunzip(folder.write('bad.gz', damaged))).rejects.toThrow(
      /bad\.gz is no whole gzip file: incorrect data check/,
    );
    await expect(gunzip(folder.write('no.gz', 'plain text'))).rejects.toThrow(
      /no whole gzip file: incorrect header/,
    );
    await expect(gunzip(folder.write('empty.gz', ''))).rejects.toThrow(UserError);
    await expect(gunzip(folder.path('none.gz'))).rejects.toThrow(/There is no file/);
  });
});
