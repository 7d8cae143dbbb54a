import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from './load';

describe('npm run lab', () => {
  it('reads the port from the arguments and refuses what is none', async () => {
    const { requestedPort } = await load('lab.mjs');
    expect(requestedPort([])).toBeNull();
    expect(requestedPort(['--port', '8899'])).toBe(8899);
    expect(requestedPort(['--port=8899'])).toBe(8899);
    expect(requestedPort(['--ServerApp.port=8899'])).toBe(8899);
    for (const bad of ['0', '70000', 'abc', '', '12.5'])
      expect(() => requestedPort([`--port=${bad}`])).toThrow(/1 to 65535/);
  });

  it('names the taken port and the remedy', async () => {
    const { checkPort } = await load('lab.mjs');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(checkPort(port)).rejects.toThrow(
      new RegExp(`port ${port}[\\s\\S]*another program[\\s\\S]*--port ${port + 1}`),
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(checkPort(port)).resolves.toBeUndefined();
  });

  it('passes --allow-root only for root, and always listens on 127.0.0.1', async () => {
    const { labArguments } = await load('lab.mjs');
    const args = (isRoot: boolean) =>
      labArguments({ root: '/r', args: [], isRoot, hasScreen: false, port: null });
    expect(args(false)).not.toContain('--allow-root');
    expect(args(true)).toContain('--allow-root');
    expect(args(false)).toContain('--ip=127.0.0.1');
  });

  it('opens copies, leaves those that are there alone and brings back those that were deleted', async () => {
    const { copyNotebooks } = await load('lab.mjs');
    const root = mkdtempSync(path.join(tmpdir(), 'ccl-lab-copies-'));
    mkdirSync(path.join(root, 'notebooks'));
    for (const name of ['00-start-here.ipynb', '01.ipynb', 'x.md']) {
      writeFileSync(path.join(root, 'notebooks', name), name);
    }
    const copies = path.join(root, 'my-notebooks');
    try {
      expect(copyNotebooks(root)).toBe('my-notebooks');
      expect(readdirSync(copies)).toEqual(['00-start-here.ipynb', '01.ipynb']);
      writeFileSync(path.join(copies, '01.ipynb'), 'answered');
      rmSync(path.join(copies, '00-start-here.ipynb'));
      copyNotebooks(root);
      expect(readFileSync(path.join(copies, '01.ipynb'), 'utf8')).toBe('answered');
      expect(readFileSync(path.join(copies, '00-start-here.ipynb'), 'utf8')).toBe('00-start-here.ipynb');
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
