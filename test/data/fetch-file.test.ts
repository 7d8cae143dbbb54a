import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceFile } from '../../src/data/dataset';
import { fetchFile, type FetchFileOptions } from '../../src/data/fetch-file';
import { projectRoot } from '../../src/paths';
import { serveFile, type Behavior, type FileServer } from './file-server';

const content = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const md5 = createHash('md5').update(content).digest('hex');

let folder: string;
let target: string;
const servers: FileServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-'));
  target = join(folder, 'set', 'file.bin');
});
afterEach(() => {
  servers.splice(0).forEach((server) => server.close());
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes that lie on the disk. */
const kept = (): number => statSync(`${target}.part`, { throwIfNoEntry: false })?.size ?? 0;

async function serve(behavior: Partial<Behavior> = {}): Promise<FileServer> {
  const server = await serveFile({ content, etag: '"v1"', kept, ...behavior });
  servers.push(server);
  return server;
}

const fetchFrom = (
  urls: readonly string[],
  file: Partial<SourceFile> = {},
  more: Partial<FetchFileOptions> = {},
) =>
  fetchFile({
    file: { name: 'file.bin', urls, md5, ...file },
    urls,
    target,
    retries: 1,
    wait: 1,
    ...more,
  });

const left = (): string[] => readdirSync(join(folder, 'set')).sort();

describe('fetchFile', () => {
  it('brings a file, tells how far it is, and leaves nothing else behind', async () => {
    const server = await serve();
    const seen: number[] = [];
    const status = await fetchFrom(
      [server.url],
      { bytes: content.length },
      {
        onProgress: ({ received, total }) => {
          expect(total).toBe(content.length);
          seen.push(received);
        },
      },
    );
    expect(status).toBe('fetched');
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(seen[seen.length - 1]).toBe(content.length);
    expect(left()).toEqual(['file.bin']);
  });

  it('leaves a right file alone and refuses a wrong one of that name', async () => {
    const server = await serve();
    await fetchFrom([server.url]);
    expect(await fetchFrom([server.url])).toBe('present');
    expect(server.ranges).toHaveLength(1);
    writeFileSync(target, 'something else');
    await expect(fetchFrom([server.url])).rejects.toThrow(
      /file\.bin has MD5 [0-9a-f]{32}, but .* is published/,
    );
  });

  it('takes a broken connection up where it broke', async () => {
    const server = await serve({ cutAfter: 300_000 });
    await fetchFrom([server.url]);
    expect(server.ranges).toEqual([undefined, 'bytes=300000-', 'bytes=600000-']);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('keeps what it has when the server goes away, and goes on in the next call', async () => {
    const server = await serve({ cutAfter: 300_000, next: { content, status: 503 } });
    await expect(fetchFrom([server.url], {}, { retries: 0 })).rejects.toThrow(
      /answered 503[\s\S]*What was received is kept[\s\S]*By hand/,
    );
    expect(statSync(`${target}.part`).size).toBe(300_000);
    server.behavior = { content, etag: '"v1"' };
    await fetchFrom([server.url]);
    expect(server.ranges[server.ranges.length - 1]).toBe('bytes=300000-');
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(left()).toEqual(['file.bin']);
  });

  it('starts over when the file at the server has changed meanwhile', async () => {
    const old = Buffer.alloc(content.length, 1);
    const gone = { content: old, status: 503 };
    const server = await serve({ content: old, etag: '"v0"', cutAfter: 200_000, next: gone });
    await expect(fetchFrom([server.url], {}, { retries: 0 })).rejects.toThrow(/503/);
    server.behavior = { content, etag: '"v1"' };
    await fetchFrom([server.url]);
    expect(server.ranges[server.ranges.length - 1]).toBe('bytes=200000-');
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('starts over at a server without ranges', async () => {
    const server = await serve({ ranged: false, cutAfter: 300_000, next: { content, ranged: false } });
    await fetchFrom([server.url], {}, { retries: 0 });
    expect(server.ranges).toEqual([undefined, 'bytes=300000-']);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('goes on with a part that was whole already', async () => {
    const server = await serve({ chunked: true });
    await fetchFrom([server.url]);
    const bytes = readFileSync(target);
    rmSync(target);
    writeFileSync(`${target}.part`, bytes);
    writeFileSync(`${target}.part.json`, JSON.stringify({ url: server.url, validator: { etag: '"v1"' } }));
    await fetchFrom([server.url]);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('deletes content with another checksum and says both', async () => {
    const server = await serve({ content: Buffer.from('a page that says sorry') });
    await expect(fetchFrom([server.url])).rejects.toThrow(
      new RegExp(`what it sent has MD5 [0-9a-f]{32}, but ${md5} is published`),
    );
    expect(left()).toEqual([]);
  });

  it('stops at another size than the published one before anything is loaded', async () => {
    const server = await serve();
    await expect(fetchFrom([server.url], { bytes: 10 })).rejects.toThrow(
      /the server has 700000 bytes, but the published file has 10/,
    );
    server.behavior = { content, chunked: true };
    await expect(fetchFrom([server.url], { bytes: 10 })).rejects.toThrow(/sent more than 10 bytes/);
  });

  it('takes the next address when one fails, and follows redirects', async () => {
    const gone = await serve({ status: 404 });
    const good = await serve();
    const moved = await serve({ redirect: good.url });
    await fetchFrom([gone.url, moved.url]);
    expect(readFileSync(target).equals(content)).toBe(true);
    const loop = await serve();
    loop.behavior = { content, redirect: loop.url };
    rmSync(target);
    await expect(fetchFrom([loop.url])).rejects.toThrow(/redirects without end/);
    loop.behavior = { content, redirect: 'ftp://somewhere/file.bin' };
    await expect(fetchFrom([loop.url])).rejects.toThrow(/it redirects to ftp:/);
  });

  it('without network says all addresses and the place to put the file by hand', async () => {
    const server = await serve();
    const dead = server.url;
    server.close();
    const error = (await fetchFrom([dead, `${dead}?2`]).catch((e: unknown) => e)) as Error;
    expect(error.name).toBe('UserError');
    expect(error.message).toContain('cannot be reached (ECONNREFUSED)');
    expect(error.message).toContain(`${dead}\n  ${dead}?2\nand put it at\n  ${target}`);
  });

  it('stops when asked to and keeps what it has', async () => {
    const server = await serve({ stallAfter: 100_000 });
    const controller = new AbortController();
    const work = fetchFrom([server.url], {}, { signal: controller.signal });
    while (!existsSync(`${target}.part`) || statSync(`${target}.part`).size < 100_000) await sleep(5);
    controller.abort();
    await expect(work).rejects.toThrow(/was stopped; the same command goes on from there/);
    expect(statSync(`${target}.part`).size).toBe(100_000);
    expect(existsSync(`${target}.lock`)).toBe(false);
  });

  it('goes on after the process was killed outright, and takes its lock over', async () => {
    const server = await serve({ stallAfter: 400_000 });
    const script = `require(${JSON.stringify(join(projectRoot, 'src/data/fetch-file.ts'))}).fetchFile(${JSON.stringify({ file: { name: 'file.bin', urls: [], md5 }, urls: [server.url], target })})`;
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script], { cwd: projectRoot });
    for (
      let i = 0;
      i < 400 && !(existsSync(`${target}.part`) && statSync(`${target}.part`).size === 400_000);
      i++
    ) {
      await sleep(20);
    }
    await expect(fetchFrom([server.url])).rejects.toThrow(
      /a download of file\.bin is under way already \(process \d+\)/,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    server.behavior = { content, etag: '"v1"' };
    await fetchFrom([server.url]);
    expect(server.ranges).toEqual([undefined, 'bytes=400000-']);
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(left()).toEqual(['file.bin']);
  });
});
