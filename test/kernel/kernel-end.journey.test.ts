import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, noPythonReason, python, resultOf } from './session';

if (!python) console.warn(noPythonReason);

describe.skipIf(!python)('a kernel that computes where nothing can end it', () => {
  it('ends when it is shut down, with its children', async () => {
    const session = new Session();
    await session.start(projectRoot);
    const child = await session.execute(
      "import { spawn } from 'node:child_process';\nspawn('sleep', ['600'], { stdio: 'ignore' }).pid",
    );
    const childPid = Number(resultOf(child)!['text/plain']);
    await session.command('send', { code: 'setTimeout(() => { for (;;) {} });', wait: 1.5 });
    expect(await session.command('shutdown', { watch: [childPid] })).toMatchObject({ left: [] });
    await session.close();
  });
});

describe.skipIf(!python)('a kernel whose Jupyter was killed', () => {
  it('ends by itself, with its children', async () => {
    const orphan = new Session();
    const { pid } = await orphan.start(projectRoot);
    const child = await orphan.execute(
      "import { spawn } from 'node:child_process';\nspawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).pid",
    );
    const childPid = Number(resultOf(child)!['text/plain']);
    expect([pid, childPid].map(isAlive)).toEqual([true, true]);
    await orphan.killClient();
    expect(await haveEnded([pid, childPid], 5)).toBe(true);
  });

  it('ends too when a cell computes for ever', async () => {
    const orphan = new Session();
    const { pid } = await orphan.start(projectRoot);
    const never = orphan.execute('while (true) {}').catch(() => undefined);
    await new Promise((done) => setTimeout(done, 2000));
    await orphan.killClient();
    await never;
    expect(await haveEnded([pid], 30)).toBe(true);
  });

  async function haveEnded(pids: readonly number[], seconds: number): Promise<boolean> {
    for (let i = 0; i < 20 * seconds && pids.some(isAlive); i++) {
      await new Promise((done) => setTimeout(done, 50));
    }
    return !pids.some(isAlive);
  }
});

describe('a kernel whose Jupyter was killed before it started', () => {
  it('ends by itself', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ccl-orphan-'));
    const file = path.join(folder, 'connection.json');
    const ports = await freePorts(5);
    const names = ['iopub_port', 'shell_port', 'control_port', 'stdin_port', 'hb_port'];
    const connection = Object.fromEntries(names.map((name, i) => [name, ports[i]]));
    writeFileSync(file, JSON.stringify({ key: 'k', transport: 'tcp', ip: '127.0.0.1', ...connection }));
    const ended = spawnSync('true');
    expect(ended.status).toBe(0);
    const kernel = spawnSync(
      process.execPath,
      [path.join(projectRoot, 'src/platform/kernel/kernel.cjs'), file],
      {
        env: { ...process.env, JPY_PARENT_PID: String(ended.pid) },
        timeout: 120_000,
      },
    );
    rmSync(folder, { recursive: true, force: true });
    expect(kernel.status).toBe(0);
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Zombies, which only their parent can remove, do not count. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
