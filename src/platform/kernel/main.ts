import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors';
import { projectRoot } from '../../paths';
import { converterHooks } from './cell-compiler-options';
import { CellConverter } from './cell-converter';
import { exceptionError, installStackTraces } from './cell-error';
import { CellRunner } from './cell-runner';
import { killDescendants } from './child-processes';
import { CellHandler } from './code-questions';
import { Comms, answerWidgetControl } from './comms';
import { ExecutionConsole, OutputStreams } from './output-streams';
import { installStepping } from './interruptible-await';
import { installKernelHook, type CommOpening } from './kernel-hook';
import { KernelServer } from './kernel-server';
import { readConnection } from './sockets';
import { installPlainPromises } from './rich-display';
import { installStandardInput } from './standard-input';
import { createConverter, createExecutor } from './tslab-parts';

const exitProcess = process.exit;

/** How long child processes have to end by themselves when the kernel ends. */
const childGraceMs = 300;

/** Starts the kernel on Jupyter's connection file; ends the process with status 1 when it cannot start. */
export function main(connectionFile: string | undefined): void {
  start(connectionFile).catch((error: unknown) => {
    const text = error instanceof UserError ? error.message : exceptionError(error).traceback.join('\n');
    log(`The kernel did not start. ${text}`);
    process.exit(1);
  });
}

async function start(connectionFile: string | undefined): Promise<void> {
  const connection = readConnection(connectionFile);
  installStackTraces();
  installStepping();
  installPlainPromises();
  const workingDirectory = process.cwd();
  const converter = new CellConverter(createConverter(converterHooks({ projectRoot, workingDirectory })));
  const reports = new ExecutionConsole();
  const converters = { node: converter, browser: converter, close: () => converter.close() };
  const executor = createExecutor(workingDirectory, converters, reports);
  const streams = new OutputStreams({ stream: toTerminal, display: () => undefined });
  const comms = new Comms();
  answerWidgetControl(comms, () => restoreSavedOutputs(comms));
  const runner = new CellRunner({ executor, converter, console: reports, streams, comms });
  installKernelHook(runner);
  const handler = new CellHandler(executor);
  const exit = once(() => void endProcess(server));
  const server = new KernelServer({ handler, runner, comms, connection, log, exit });
  listenToProcess(runner, streams, exit);
  refuseExit();
  await server.open();
  console.clear = () => runner.clear();
  // Node gives it to files only.
  Object.assign(globalThis, { __dirname: workingDirectory });
  const input = installStandardInput(runner);
  streams.capture((name, text) => input.heardOutput(name, text));
}

/** Live outputs that the kernel's notebook was saved with show their still form; Jupyter says which notebook it is. */
async function restoreSavedOutputs(comms: Comms): Promise<void> {
  const notebook = process.env.JPY_SESSION_NAME;
  if (notebook === undefined) return;
  try {
    const { restoreOutputs } = await import('../live/saved-outputs');
    const host = { openComm: (opening: CommOpening) => comms.start(opening) };
    restoreOutputs(notebook, host, (id) => comms.isOpen(id));
  } catch (error) {
    log(`ccl kernel: saved outputs were not restored: ${String(error)}`);
  }
}

function listenToProcess(runner: CellRunner, streams: OutputStreams, exit: () => void): void {
  process.on('SIGINT', () => runner.interrupt());
  process.on('SIGTERM', exit);
  const tell = (what: string) => (error: unknown) => {
    streams.write('stderr', `${what}: ${exceptionError(error).traceback.join('\n')}\n`);
  };
  process.on('uncaughtException', tell('An error outside of any cell'));
  process.on('unhandledRejection', tell('A promise that nobody waits for was rejected'));
}

/** Lets the last messages leave, ends the child processes, then this one. */
async function endProcess(server: KernelServer): Promise<void> {
  killDescendants('SIGTERM');
  await Promise.all([server.close(), sleep(childGraceMs)]);
  killDescendants('SIGKILL');
  exitProcess(0);
}

/** A cell that ends the process takes all variables with it, which nobody means. */
function refuseExit(): void {
  process.exit = () => {
    throw new Error(
      'process.exit() would end the kernel with all of its variables. Throw an error to end a cell; ' +
        'to end the kernel there is «Kernel: Restart» or «Shut Down» in the menu.',
    );
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

function log(line: string): void {
  toTerminal('stderr', `${line}\n`);
}

/** Past the captured streams, which go to the notebook. */
function toTerminal(name: 'stdout' | 'stderr', text: string): void {
  try {
    writeSync(name === 'stdout' ? 1 : 2, text);
  } catch {
    // Nobody reads the terminal any more.
  }
}
