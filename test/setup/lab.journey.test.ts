import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { until } from './fake-project';

class Lab {
  said = '';
  private readonly child;
  private readonly ended: Promise<unknown>;

  constructor(home: string) {
    const file = path.join(projectRoot, 'src/platform/setup/lab.mjs');
    const code = `import(${JSON.stringify(file)}).then((lab) => lab.runLab(${JSON.stringify(projectRoot)}, []))`;
    const env = { ...process.env, HOME: home };
    this.child = spawn(process.execPath, ['-e', code], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    this.child.stderr.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
  }

  async address(): Promise<{ origin: string; token: string }> {
    const shown = /(http:\/\/127\.0\.0\.1:\d+)\/\S*\?token=([0-9a-f]{20,})/;
    await until(() => shown.test(this.said), 'the address of JupyterLab');
    const [, origin, token] = shown.exec(this.said)!;
    return { origin, token };
  }

  async end(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

describe.skipIf(!existsSync(path.join(projectRoot, '.venv', 'bin', 'jupyter')))(
  'npm run lab, twice at once',
  { timeout: 180_000 },
  () => {
    let home: string;
    let labs: Lab[];
    beforeAll(() => {
      home = mkdtempSync(path.join(tmpdir(), 'ccl-lab-home-'));
      labs = [new Lab(home), new Lab(home)];
    });
    afterAll(async () => {
      await Promise.all(labs.map((lab) => lab.end()));
      rmSync(home, { recursive: true, force: true });
    });

    it('answers 403 without its token and 200 with it, each on a port of its own', async () => {
      const places = [await labs[0].address(), await labs[1].address()];
      expect(places[0].origin).not.toBe(places[1].origin);
      for (const [i, { origin, token }] of places.entries()) {
        const other = places[1 - i].token;
        const status = async (query: string) => (await fetch(`${origin}/api/contents${query}`)).status;
        expect([await status(''), await status(`?token=${other}`), await status(`?token=${token}`)]).toEqual([
          403, 403, 200,
        ]);
      }
    });

    it('offers in the menu «Save and Export» what works', async () => {
      const { origin, token } = await labs[0].address();
      const formats = await fetch(`${origin}/api/nbconvert?token=${token}`);
      const offered = Object.keys((await formats.json()) as object);
      expect(offered).toContain('html');
      expect(offered.filter((name) => /pdf/i.test(name))).toEqual([]);
    });

    it('says so where it runs as root', () => {
      expect(labs[0].said.includes('--allow-root')).toBe(process.getuid?.() === 0);
    });
  },
);
