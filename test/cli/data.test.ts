import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { datasetNames } from '../../src/data/registry';
import { projectRoot } from '../../src/paths';
import { serveFile } from '../data/file-server';
import { cclHere } from './here';

const root = mkdtempSync(join(tmpdir(), 'ccl-data-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('ccl data list', () => {
  it('lists every data set with its size and whether it is there', async () => {
    const { status, stdout } = await cclHere('data', 'list', '--data-dir', root);
    expect(status).toBe(0);
    datasetNames.forEach((name) => expect(stdout).toMatch(new RegExp(`^${name} `, 'm')));
    expect(stdout).toMatch(/location30 +5010 x 446, 30 classes +comes with the project/);
    expect(stdout).toMatch(/purchase100 +197324 x 600, 100 classes +not there/);
  });

  it('says the same as JSON', async () => {
    const { stdout } = await cclHere('data', 'list', '--json', '--data-dir', root);
    const { datasets } = JSON.parse(stdout) as {
      datasets: { name: string; license: string; records: number }[];
    };
    expect(datasets.map(({ name }) => name)).toEqual(datasetNames);
    expect(datasets.find(({ name }) => name === 'fashion-mnist')).toMatchObject({
      license: 'MIT',
      records: 70000,
    });
  });
});

describe('ccl data describe', () => {
  it('gives addresses, checksums, layouts, license, citation and notes', async () => {
    const { stdout } = await cclHere('data', 'describe', 'cifar10', '--data-dir', root);
    for (const text of [
      'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
      'c58f30108f718f92721af3b95e74349a',
      'cifar-10-batches-py/',
      'license: none stated',
      'cite: A. Krizhevsky',
      'records 0 .. 49999, then the test part',
    ]) {
      expect(stdout).toContain(text);
    }
    const texas = JSON.parse((await cclHere('data', 'describe', 'texas100', '--json')).stdout) as {
      files: { gitBlob: string }[];
    };
    expect(texas.files[0].gitBlob).toBe('966f7ff40b24cf5912ff84759aab9adb8c25f30e');
  });

  it('knows what was meant', async () => {
    const { status, stderr } = await cclHere('data', 'describe', 'cifra10');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/"cifra10" is no data set\. Did you mean "cifar10"\?/),
    ]);
  });
});

describe('ccl data verify', () => {
  it('checks Location30, which comes with the project', async () => {
    const { status, stdout } = await cclHere('data', 'verify', 'location30');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/5010 records x 446 features, 30 classes/)]);
  });

  it('fails for what is not there and for a file that is not the published one', async () => {
    const missing = await cclHere('data', 'verify', 'purchase100', '--data-dir', root);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringMatching(/Purchase100 is not in/)]);
    const folder = join(root, 'wrong');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dataset_texas.tgz'), 'not it');
    const wrong = await cclHere('data', 'verify', 'texas100', '--data-dir', folder);
    const blob = createHash('sha1').update('blob 6\0not it').digest('hex');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining(`git blob id ${blob}`)]);
  });

  it('obeys --max-memory', async () => {
    const folder = join(root, 'memory');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dataset_purchase'), '1,0\n');
    const { status, stderr } = await cclHere(
      'data',
      'verify',
      'purchase100',
      '--data-dir',
      folder,
      '--max-memory',
      '1MB',
    );
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/Purchase100 would take 119 MB of memory, but the limit is 1 MB/),
    ]);
    expect((await cclHere('data', 'verify', 'purchase100', '--max-memory', 'much')).status).toBe(2);
  });
});

describe('ccl data fetch', () => {
  it('refuses what a server sends in place of the published file, and keeps nothing of it', async () => {
    const server = await serveFile({ content: Buffer.from('sorry') });
    try {
      const folder = join(root, 'fetched');
      const { status, stderr } = await cclHere(
        'data',
        'fetch',
        'texas100',
        '--data-dir',
        folder,
        '--from',
        new URL('.', server.url).href,
      );
      expect(status).toBe(2);
      expect(stderr).toMatch(/what it sent has git blob id [0-9a-f]{40}, but 966f7ff40b24.* is published/);
      expect(stderr).toContain(`put it at\n  ${join(folder, 'texas100', 'dataset_texas.tgz')}`);
      expect(existsSync(join(folder, 'texas100', 'dataset_texas.tgz.part'))).toBe(false);
    } finally {
      server.close();
    }
  });

  it('has nothing to do for what comes with the project', async () => {
    const { status, stdout } = await cclHere('data', 'fetch', 'location30', '--json');
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { name: 'location30', files: [] }]);
  });

  it('without network names the addresses and the place for the file', async () => {
    const server = await serveFile({ content: Buffer.from('x') });
    server.close();
    const { status, stderr } = await cclHere(
      'data',
      'fetch',
      'cifar100',
      '--data-dir',
      join(root, 'offline'),
      '--from',
      server.url,
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /cannot be reached \(ECONNREFUSED\)[\s\S]*By hand: load cifar-100-binary\.tar\.gz from/,
    );
  });

  it('says where ImageNet is handed out', async () => {
    const { status, stderr } = await cclHere('data', 'fetch', 'imagenet', '--data-dir', root);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/registration at https:\/\/image-net\.org/)]);
  });
});

describe('docs/data.md', () => {
  it('names every data set and every command', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'data.md'), 'utf8');
    datasetNames.forEach((name) => expect(page).toContain(name));
    ['list', 'fetch', 'verify', 'describe'].forEach((name) => expect(page).toContain(`npx ccl data ${name}`));
  });
});
