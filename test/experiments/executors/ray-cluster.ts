import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../src/paths';

/** Ray nodes on this machine, for tests: a head without CPUs and others that come and go. */
export class RayCluster {
  private readonly nodes: RayNode[] = [];

  private constructor(
    readonly address: string,
    private readonly folder: string,
  ) {}

  static async start(): Promise<RayCluster> {
    const port = await freePort();
    // Short, since paths of sockets are limited to 107 characters.
    const folder = mkdtempSync(join(tmpdir(), 'r-'));
    // Two nodes find each other at an address of the machine alone, so others may reach them: they need the token.
    process.env.RAY_AUTH_MODE = 'token';
    process.env.RAY_AUTH_TOKEN = randomBytes(32).toString('hex');
    const cluster = new RayCluster(`${machineAddress()}:${port}`, folder);
    const own = ['--head', `--port=${port}`, '--include-dashboard=false'];
    await cluster.add(0, [...own, `--temp-dir=${folder}`]);
    return cluster;
  }

  /** A node with so many CPUs. */
  async addNode(cpus: number): Promise<RayNode> {
    return this.add(cpus, [`--address=${this.address}`]);
  }

  private async add(cpus: number, args: readonly string[]): Promise<RayNode> {
    const limits = [
      `--num-cpus=${cpus}`,
      `--node-ip-address=${machineAddress()}`,
      '--object-store-memory=100000000',
      '--disable-usage-stats',
    ];
    for (let attempt = 1; ; attempt++) {
      const node = new RayNode([...limits, ...args]);
      this.nodes.push(node);
      try {
        await node.started();
        return node;
      } catch (error) {
        // Free ports are guessed, and another program may take one.
        if (attempt === 2) throw error;
      }
    }
  }

  stop(): void {
    this.nodes.forEach((node) => node.kill());
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class RayNode {
  wasKilled = false;
  private readonly process: ChildProcess;
  private out = '';

  constructor(args: readonly string[]) {
    const ray = join(projectRoot, '.venv', 'bin', 'ray');
    this.process = spawn(ray, ['start', '--block', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (text: string): void => void (this.out += text);
    this.process.stdout?.setEncoding('utf8').on('data', hear);
    this.process.stderr?.setEncoding('utf8').on('data', hear);
  }

  async started(): Promise<void> {
    const ended = once(this.process, 'exit').then(() => {
      throw new Error(`ray start ended:\n${this.out}`);
    });
    const up = (async () => {
      while (!this.out.includes('Ray runtime started')) await new Promise((go) => setTimeout(go, 50));
    })();
    await Promise.race([up, ended]);
    ended.catch(() => undefined);
  }

  /** `kill`, as soon as a block runs here. */
  async killAtWork(): Promise<void> {
    const runs = (pid: number): boolean => commandOf(pid).includes('block-program');
    while (!descendants(this.process.pid!).some(runs)) await new Promise((go) => setTimeout(go, 20));
    this.kill();
  }

  /** Ends all its processes at once, as a lost machine does. */
  kill(): void {
    const { pid } = this.process;
    if (pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.wasKilled = true;
    for (const one of [pid, ...descendants(pid)]) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }
}

function descendants(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const found = [root];
  for (const one of found) found.push(...parents.filter(([, parent]) => parent === one).map(([pid]) => pid));
  return found.slice(1);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1;
  }
}

function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
