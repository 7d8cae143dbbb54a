import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { writeUserKernelSpec } from '../../src/platform/kernel/kernel-spec.mjs';
import { projectRoot } from '../../src/paths';

// Importing them takes seconds.
const looksFor = 'from importlib.util import find_spec as f; assert f("nbclient") and f("nbconvert")';

/** A Python that has Jupyter's client: CCL_PYTHON, else the project's own. */
export const python: string | undefined = [process.env.CCL_PYTHON, path.join(projectRoot, '.venv/bin/python')]
  .filter((candidate): candidate is string => candidate !== undefined && existsSync(candidate))
  .find((candidate) => spawnSync(candidate, ['-c', looksFor]).status === 0);

export const noPythonReason =
  'no Python with nbclient and nbconvert (set CCL_PYTHON or run the set-up), the kernel is not tested';

export interface Output {
  type: string;
  name?: string;
  text?: string;
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  transient?: { display_id?: string };
  execution_count?: number;
  code?: string;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  comm_id?: string;
  target_name?: string;
  execution_state?: string;
  /** Bytes in base64; only of what `talk` hears. */
  buffers?: string[];
}

/** A message of a page: type, content, and bytes in base64. */
export type PageMessage = [type: string, content: object, ...buffers: string[]];

export interface Executed {
  outputs: Output[];
  reply: Record<string, unknown> & { status: string; execution_count?: number; traceback?: string[] };
  /** The execution states that were published for it. */
  statuses: string[];
  seconds: number;
}

/** One kernel, driven by jupyter_client through session.py. */
export class Session {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'ccl kernel '));

  constructor(env: Record<string, string> = {}) {
    writeUserKernelSpec({ root: projectRoot, dataFolder: this.folder });
    this.child = spawn(python as string, [path.join(__dirname, 'session.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        JUPYTER_PATH: this.folder,
        JUPYTER_RUNTIME_DIR: path.join(this.folder, 'runtime'),
        IPYTHONDIR: path.join(this.folder, 'ipython'),
        ...env,
      },
    });
    this.answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async command<T>(op: string, fields: object = {}): Promise<T> {
    this.child.stdin!.write(`${JSON.stringify({ op, ...fields })}\n`);
    const { value } = await this.answers.next();
    const answer = JSON.parse(value) as { ok: T; failed?: string };
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer.ok;
  }

  /** @param early requests that are sent before the kernel has answered anything */
  start(cwd: string, early: [type: string, content: object][] = []): Promise<{ pid: number }> {
    return this.command('start', { kernel: 'ccl', cwd, early });
  }

  execute(code: string, options: object = {}): Promise<Executed> {
    return this.command('execute', { code, ...options });
  }

  interrupt(code: string, options: object = {}): Promise<Executed> {
    return this.command('interrupt', { code, ...options });
  }

  request<T = Record<string, unknown>>(type: string, content: object, options: object = {}): Promise<T> {
    return this.command('request', { type, content, ...options });
  }

  /** Sends messages as a page does and hears what follows, up to a message that contains a text (see session.py). */
  talk(
    messages: PageMessage[],
    options: { until?: string; interrupting?: boolean; timeout?: number } = {},
  ): Promise<Output[]> {
    return this.command('talk', { messages, ...options });
  }

  /** Kills Jupyter's client without a word to the kernel. */
  async killClient(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin!.end();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function outputsOf(type: string, executed: Executed): Output[] {
  return executed.outputs.filter((output) => output.type === type);
}

/** What was written to a stream, joined. */
export function streamText(executed: Executed, name = 'stdout'): string {
  return outputsOf('stream', executed)
    .filter((output) => output.name === name)
    .map((output) => output.text)
    .join('');
}

/** The bundle of the last expression. */
export function resultOf(executed: Executed): Record<string, unknown> | undefined {
  return outputsOf('execute_result', executed)[0]?.data;
}

/** The error that the cell ended with. */
export function errorOf(executed: Executed): Output | undefined {
  return outputsOf('error', executed)[0];
}
