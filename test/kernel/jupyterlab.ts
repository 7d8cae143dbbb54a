import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeUserKernelSpec } from '../../src/platform/kernel/kernel-spec.mjs';
import { projectRoot } from '../../src/paths';
import { python } from './session';

/** A notebook for the project's kernel, one code cell a text. */
export function notebookJson(cells: readonly string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: 'ccl', display_name: 'CCL (TypeScript)', language: 'typescript' },
      language_info: { name: 'typescript' },
    },
    cells: cells.map((source, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

/** JupyterLab with the project's kernel, on this machine only, with settings and notebooks in a folder of its own. */
export class JupyterLab {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'ccl lab '));
  private readonly token = randomUUID();
  private readonly output: string[] = [];
  private server: ChildProcess | undefined;
  private port = 0;

  constructor(notebooks: Readonly<Record<string, string>>) {
    const labConfig = path.join(this.folder, 'config', 'labconfig');
    mkdirSync(labConfig, { recursive: true });
    mkdirSync(path.join(this.folder, 'notebooks'));
    // It would ask the network for news.
    const disabledExtensions = { '@jupyterlab/apputils-extension:announcements': true };
    writeFileSync(path.join(labConfig, 'page_config.json'), JSON.stringify({ disabledExtensions }));
    writeUserKernelSpec({ root: projectRoot, dataFolder: path.join(this.folder, 'data') });
    for (const [name, text] of Object.entries(notebooks)) writeFileSync(this.file(name), text);
  }

  file(name: string): string {
    return path.join(this.folder, 'notebooks', name);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** The address of the server, without a path. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The address that opens a notebook. */
  address(name: string): string {
    return `${this.origin}/lab/tree/${name}?token=${this.token}&reset`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    const root = process.getuid?.() === 0 ? ['--allow-root'] : [];
    const args = [
      ...['-m', 'jupyterlab', '--no-browser', '--ip=127.0.0.1', `--port=${this.port}`, ...root],
      ...['--ServerApp.port_retries=0', `--ServerApp.root_dir=${path.join(this.folder, 'notebooks')}`],
      ...[`--IdentityProvider.token=${this.token}`, '--LabApp.expose_app_in_browser=True'],
    ];
    const folders = {
      JUPYTER_CONFIG_DIR: path.join(this.folder, 'config'),
      JUPYTER_DATA_DIR: path.join(this.folder, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(this.folder, 'runtime'),
      JUPYTERLAB_SETTINGS_DIR: path.join(this.folder, 'settings'),
      JUPYTERLAB_WORKSPACES_DIR: path.join(this.folder, 'workspaces'),
      IPYTHONDIR: path.join(this.folder, 'ipython'),
    };
    this.server = spawn(python as string, args, {
      cwd: this.folder,
      env: { ...process.env, ...folders },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.server.stdout!, this.server.stderr!]) {
      stream.on('data', (chunk) => this.output.push(String(chunk)));
    }
    await this.answering();
  }

  private async answering(): Promise<void> {
    const until = performance.now() + 90_000;
    while (performance.now() < until && this.server!.exitCode === null) {
      const response = await fetch(`${this.origin}/api/status?token=${this.token}`).catch(() => undefined);
      if (response?.ok) return;
      await sleep(200);
    }
    throw new Error(`JupyterLab did not start:\n${this.output.join('')}`);
  }

  /** Ends the server, which ends its kernels, and removes the folder. */
  async close(): Promise<void> {
    const { server } = this;
    if (server !== undefined && server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
