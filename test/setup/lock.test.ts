import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './fake-project';
import { load } from './load';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ccl-lock-'));
  file = path.join(folder, 'lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function hold(milliseconds: number): { child: ChildProcess; text: () => string; end: Promise<void> } {
  const script = path.join(__dirname, 'fixtures', 'hold-lock.mjs');
  const child = spawn(process.execPath, [script, file, String(milliseconds)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text, end: new Promise((resolve) => child.on('close', () => resolve())) };
}

describe('the lock of set-up', () => {
  it('makes the second wait until the first is done, and says so once', async () => {
    const { takeLock } = await load('lock.mjs');
    const first = hold(400);
    await until(() => first.text() !== '', 'the first to hold the lock');
    const said: string[] = [];
    const lock = await takeLock(file, { poll: 20, tell: (line: string) => said.push(line) });
    await first.end;
    expect(lock.waited).toBe(true);
    expect(said.filter((line) => /waiting/.test(line))).toHaveLength(1);
    expect(said[0]).toContain(String(first.child.pid));
    lock.release();
    expect(existsSync(file)).toBe(false);
  });

  it('takes over the lock of a killed process without waiting, one taker at a time', async () => {
    const dead = hold(60_000);
    await until(() => dead.text() !== '', 'the lock');
    dead.child.kill('SIGKILL');
    await dead.end;
    expect(existsSync(file)).toBe(true);
    const takers = [hold(100), hold(100), hold(100)];
    await Promise.all(takers.map((taker) => taker.end));
    const held = takers
      .map((taker) => taker.text().trim().split('\n').map(Number))
      .sort((a, b) => a[0] - b[0]);
    expect(held.every((times) => times.length === 2)).toBe(true);
    expect(held[1][0]).toBeGreaterThanOrEqual(held[0][1]);
    expect(held[2][0]).toBeGreaterThanOrEqual(held[1][1]);
    expect(existsSync(file)).toBe(false);
  });

  it('is not fooled by another process that has got the number of the dead one', async () => {
    const { takeLock } = await load('lock.mjs');
    const holder = { pid: process.ppid, identity: 'another boot:1', host: hostname(), children: [] };
    writeFileSync(file, JSON.stringify(holder));
    const lock = await takeLock(file, { poll: 20 });
    expect(lock.waited).toBe(false);
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    lock.release();
  });

  it('does not end a living process that only has the number of the recorded tool', async () => {
    const { endOrphans, identity } = await load('processes.mjs');
    const bystander = spawn('sleep', ['30'], { detached: true });
    await endOrphans({ pid: bystander.pid, identity: 'another boot:1' });
    expect(identity(bystander.pid)).not.toBeNull();
    await endOrphans({ pid: bystander.pid, identity: identity(bystander.pid) });
    expect(identity(bystander.pid)).toBeNull();
  });

  it('takes over a lock file that was never written to its end, after a moment', async () => {
    const { takeLock } = await load('lock.mjs');
    writeFileSync(file, '');
    const before = new Date(Date.now() - 5000);
    utimesSync(file, before, before);
    const lock = await takeLock(file, { poll: 20 });
    expect(lock.waited).toBe(false);
    lock.release();
  });
});
