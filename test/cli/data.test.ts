import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { datasetNames } from '../../src/data/registry';
import { projectRoot } from '../../src/paths';
import { serveFile } from '../data/file-server';
import { ccl } from './ccl';

const root = mkdtempSync(join(tmpdir(), 'ccl-data-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs beside this process, which serves the files. */
async function cclAsync(
  ...args: string[]
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs'), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

describe('ccl data list', () => {
  it('lists every data set with its size and whether it is there', () => {
    const { status, stdout } = ccl('data', 'list', '--data-dir', root);
    expect(status).toBe(0);
    datasetNames.forEach((name) => expect(stdout).toMatch(new RegExp(`^${name} `, 'm')));
    expect(stdout).toMatch(/location30 +5010 x 446, 30 classes +comes with the project/);
    expect(stdout).toMatch(/purchase100 +197324 x 600, 100 classes +not there/);
  });

  it('says the same as JSON', () => {
    const { stdout } = ccl('data', 'list', '--json', '--data-dir', root);
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
  it('gives addresses, checksums, layouts, license, citation and notes', () => {
    const { stdout } = ccl('data', 'describe', 'cifar10', '--data-dir', root);
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
    const texas = JSON.parse(ccl('data', 'describe', 'texas100', '--json').stdout) as {
      files: { gitBlob: string }[];
    };
    expect(texas.files[0].gitBlob).toBe('966f7ff40b24cf5912ff84759aab9adb8c25f30e');
  });

  it('knows what was meant', () => {
    const { status, stderr } = ccl('data', 'describe', 'cifra10');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/"cifra10" is no data set\. Did you mean "cifar10"\?/),
    ]);
  });
});

describe('ccl data verify', () => {
  it('checks Location30, which comes with the project', () => {
    const { status, stdout } = ccl('data', 'verify', 'location30');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/5010 records x 446 features, 30 classes/)]);
  });

  it('fails for what is not there and for a file that is not the published one', () => {
    const missing = ccl('data', 'verify', 'purchase100', '--data-dir', root);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringMatching(/Purchase100 is not in/)]);
    const folder = join(root, 'wrong');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dataset_texas.tgz'), 'not it');
    const wrong = ccl('data', 'verify', 'texas100', '--data-dir', folder);
    const blob = createHash('sha1').update('blob 6\0not it').digest('hex');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining(`git blob id ${blob}`)]);
  });

  it('obeys --max-memory', () => {
    const folder = join(root, 'memory');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dataset_purchase'), '1,0\n');
    const { status, stderr } = ccl(
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
    expect(ccl('data', 'verify', 'purchase100', '--max-memory', 'much').status).toBe(2);
  });
});

describe('ccl data fetch', () => {
  it('refuses what a server sends in place of the published file, and keeps nothing of it', async () => {
    const server = await serveFile({ content: Buffer.from('sorry') });
    try {
      const folder = join(root, 'fetched');
      const { status, stderr } = await cclAsync(
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
    const { status, stdout } = await cclAsync('data', 'fetch', 'location30', '--json');
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { name: 'location30', files: [] }]);
  });

  it('without network names the addresses and the place for the file', async () => {
    const server = await serveFile({ content: Buffer.from('x') });
    server.close();
    const { status, stderr } = await cclAsync(
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

  it('says where ImageNet is handed out', () => {
    const { status, stderr } = ccl('data', 'fetch', 'imagenet', '--data-dir', root);
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
