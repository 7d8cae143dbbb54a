import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { exitStatus, explain } from '../../src/platform/cli/command-line';
import { program } from '../../src/platform/cli/program';

class Left extends Error {
  constructor(readonly status: number) {
    super(`process.exit(${status})`);
  }
}

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Also behind one whose test has given up on it: what commands print must not mix.
let queue: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process, one after the other: for what a command says and writes, where a process of its own would
 * show nothing more (its start takes ten times as long). What belongs to a process, such as signals, pipes and the
 * native libraries at its end, is tried with `ccl` and `cclSoon`.
 */
export function cclHere(...args: string[]): Promise<Said> {
  const said = queue.then(() => run(args));
  queue = said.catch(() => undefined);
  return said;
}

async function run(args: readonly string[]): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const kept = {
    console: globalThis.console,
    exit: process.exit,
    exitCode: process.exitCode,
    stdout: process.stdout.write,
    stderr: process.stderr.write,
  };
  const into =
    (name: 'stdout' | 'stderr') =>
    (text: unknown, ...rest: unknown[]) => {
      said[name] += typeof text === 'string' ? text : Buffer.from(text as Uint8Array).toString('utf8');
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
  const writable = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({ write: (chunk, _, done) => void into(name)(chunk, done) });
  process.exitCode = undefined;
  process.exit = (code) => {
    throw new Left(Number(code ?? 0));
  };
  process.stdout.write = into('stdout');
  process.stderr.write = into('stderr');
  globalThis.console = new Console(writable('stdout'), writable('stderr'));
  try {
    await program().parseAsync(['node', 'ccl', ...args]);
    return { status: Number(process.exitCode ?? 0), ...said };
  } catch (error) {
    if (error instanceof Left) return { status: error.status, ...said };
    return { status: exitStatus(error), stdout: said.stdout, stderr: `${said.stderr}${explain(error)}\n` };
  } finally {
    globalThis.console = kept.console;
    process.exit = kept.exit;
    process.exitCode = kept.exitCode;
    process.stdout.write = kept.stdout;
    process.stderr.write = kept.stderr;
  }
}
