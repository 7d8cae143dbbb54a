import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { blockId } from '../../src/experiments/block';
import { queryRows } from '../../src/experiments/store/query';
import { Store } from '../../src/experiments/store/store';
import { projectRoot } from '../../src/paths';
import { madeBlock, madeSpec } from './made-block';

const root = mkdtempSync(join(tmpdir(), 'sharing-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const machine = { cpu: 'made' };
const result = { kind: 'attack', models: ['a'], revision: 1, options: { attack: 'loss' } };

function child(...args: readonly (string | number)[]): { process: ChildProcess; lines(): string[] } {
  const script = join(__dirname, 'sharing-child.ts');
  const started = spawn(process.execPath, ['--require', 'tsx/cjs', script, ...args.map(String)], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return { process: started, lines: () => out.split('\n').filter((line) => line !== '') };
}

async function until(isReached: () => boolean): Promise<void> {
  for (let i = 0; !isReached(); i++) {
    if (i > 2000) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a store that several share', () => {
  it('lets two processes train each block once between them', async () => {
    const folder = join(root, 'two');
    const both = [child(folder, 0, 12, 30), child(folder, 0, 12, 30)];
    await Promise.all(both.map(({ process: one }) => once(one, 'close')));
    const trained = both.flatMap(({ lines }) => lines()).map(Number);
    expect(trained.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    const store = Store.open(folder);
    expect(store.hasAll(trained.map((seed) => blockId(madeSpec(seed)))).every(Boolean)).toBe(true);
    expect(readdirSync(join(folder, 'leases'))).toEqual([]);
  });

  it('takes over from a process that was killed', async () => {
    const folder = join(root, 'killed');
    const holder = child(folder, 1, 1, -1);
    await until(() => holder.lines().length === 1);
    const store = Store.open(folder);
    const id = blockId(madeSpec(1));
    expect(store.claim(madeSpec(1))).toBeNull();
    expect(store.isClaimed(id)).toBe(true);
    holder.process.kill('SIGKILL');
    await once(holder.process, 'close');
    // Else a study would leave the block of the broken run to the end.
    expect(store.isClaimed(id)).toBe(false);
    const lease = await store.acquire(madeSpec(1), { poll: 0.02 });
    expect(lease?.isHeld()).toBe(true);
    lease?.release();
  });

  it('makes a second one wait for the block, and stops waiting when asked to', async () => {
    const folder = join(root, 'waiting');
    const [first, second] = [Store.open(folder), Store.open(folder)];
    const lease = first.claim(madeSpec(2))!;
    const controller = new AbortController();
    const aborted = second.acquire(madeSpec(2), { poll: 0.01, signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toThrow(/Interrupted/);
    const waiting = second.acquire(madeSpec(2), { poll: 0.01 });
    await first.write(madeSpec(2), madeBlock(), machine);
    lease.release();
    expect(await waiting).toBeNull();
  });

  it('keeps one block where two processes finished it at once', async () => {
    const folder = join(root, 'both');
    const [first, second] = [Store.open(folder), Store.open(folder)];
    await first.write(madeSpec(3), madeBlock(), machine);
    await second.write(madeSpec(3), madeBlock(), { cpu: 'another' });
    expect(first.has(madeSpec(3))).toBe(true);
    expect(readdirSync(join(folder, 'blocks'))).toEqual([blockId(madeSpec(3))]);
  });
});

describe('two studies at once in one store', () => {
  it('train each block once between them, and tell the same result', { timeout: 300_000 }, async () => {
    const out = join(root, 'studies');
    const ccl = join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs');
    const results = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const file = join(root, `${name}.json`);
        const started = spawn(
          process.execPath,
          [ccl, 'study', 'run', 'tiny', '--out', out, '--workers', '1', '--json', file],
          { stdio: 'ignore' },
        );
        expect(await once(started, 'exit')).toEqual([0, null]);
        return JSON.parse(readFileSync(file, 'utf8')) as { blocks: { trained: number; reused: number } };
      }),
    );
    const [a, b] = results;
    expect(a.blocks.trained + b.blocks.trained).toBe(8);
    expect({ ...a, blocks: null }).toEqual({ ...b, blocks: null });
    expect(readdirSync(join(out, 'store', 'leases'))).toEqual([]);
  });
});

/** A small file system of its own, or null where it cannot be had. */
function mounted(name: string, size: string): string | null {
  const folder = join(root, name);
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    return null;
  }
}
const full = mounted('full', '200k');
const fixed = mounted('fixed', '4m');
afterAll(() => [full, fixed].forEach((at) => at !== null && execFileSync('umount', [at])));

describe.skipIf(full === null)('a full disk', () => {
  it('is told, leaves nothing half written, and what was there can be read', async () => {
    const store = Store.open(join(full!, 'store'));
    await store.write(madeSpec(1), madeBlock(), machine);
    let error: unknown;
    for (let seed = 2; error === undefined && seed < 100; seed++) {
      await store
        .write(madeSpec(seed), madeBlock(1, 200), machine)
        .catch((caught: unknown) => (error = caught));
    }
    expect(String(error)).toMatch(
      /the disk is full\. Free some space and run the same command again; finished runs are kept/,
    );
    const names = readdirSync(join(store.folder, 'blocks'));
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
    const again = Store.open(store.folder);
    expect(again.hasAll(names)).toEqual(names.map(() => true));
    expect(again.read(madeSpec(1))).not.toBeNull();
    expect(again.isReadOnly).toBe(false);
  });
});

describe.skipIf(fixed === null)('a store that can only be read', () => {
  it('gives its blocks and answers queries, and says why nothing is trained', async () => {
    const folder = join(fixed!, 'store');
    const before = Store.open(folder);
    await before.write(madeSpec(1), madeBlock(), machine);
    await before.write(madeSpec(2), madeBlock(), machine);
    before.writeResult(result, { x: 1 });
    execFileSync('mount', ['-o', 'remount,ro', fixed!]);
    const store = Store.open(folder);
    expect(store.isReadOnly).toBe(true);
    expect(store.hasAll([blockId(madeSpec(1))])).toEqual([true]);
    expect(store.read(madeSpec(1))).not.toBeNull();
    expect(store.readResult(result)).toEqual({ x: 1 });
    store.writeResult({ ...result, revision: 2 }, 2);
    expect(await store.acquire(madeSpec(1))).toBeNull();
    expect((await queryRows('select count(*) from runs', { store })).rows).toEqual([[2]]);
    await expect(store.acquire(madeSpec(9))).rejects.toThrow(
      /can be read, but not written, so nothing can be trained/,
    );
    expect(existsSync(join(folder, 'catalog'))).toBe(false);
    execFileSync('mount', ['-o', 'remount,rw', fixed!]);
  });
});
