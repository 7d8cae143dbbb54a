import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchDataset, verifyDataset } from '../../src/data/fetch-dataset';
import { loadDataset } from '../../src/data/load-dataset';
import { purchase100 } from '../../src/data/purchase100';
import { serveFile } from './file-server';
import { folders, tgz, tiny } from './tiny-sets';

const folder = folders();

describe('fetchDataset', () => {
  it('brings the files to where they are read from and verified', async () => {
    const content = await tgz({ dataset_purchase: '2,0,1\n1,1,1\n' });
    const server = await serveFile({ content });
    try {
      const gitBlob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      const files = [{ name: 'dataset_purchase.tgz', urls: [server.url], gitBlob, bytes: content.length }];
      const definition = tiny(purchase100, { records: 2, features: 2, classes: 2, files });
      const dataDir = join(folder({}), 'new');
      const [fetched] = await fetchDataset(definition, { dataDir });
      expect(fetched).toEqual({
        name: 'dataset_purchase.tgz',
        path: join(dataDir, 'purchase100', 'dataset_purchase.tgz'),
        status: 'fetched',
      });
      expect(readFileSync(fetched.path).equals(content)).toBe(true);
      expect([...(await loadDataset(definition, { dataDir })).x]).toEqual([0, 1, 1, 1]);
      const { layouts } = await verifyDataset(definition, { dataDir });
      expect(layouts).toMatchObject([
        {
          title: expect.stringContaining('tgz'),
          files: [{ checksum: `git blob id ${gitBlob}` }],
          records: 2,
        },
      ]);
      expect((await fetchDataset(definition, { dataDir }))[0].status).toBe('present');
    } finally {
      server.close();
    }
  });

  it('refuses a mirror that is no web address', async () => {
    const files = [{ name: 'dataset_purchase.tgz', urls: [], gitBlob: '0' }];
    const definition = tiny(purchase100, { files });
    for (const mirror of ['/some/folder', 'file:///x', 'http://', 'nonsense']) {
      await expect(fetchDataset(definition, { dataDir: folder({}), mirror })).rejects.toThrow(
        /the mirror is .*, but it must be a web address/,
      );
    }
  });
});
