import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { Module, createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { converterHooks } from '../../src/platform/kernel/cell-compiler-options';
import { CellConverter } from '../../src/platform/kernel/cell-converter';
import { type CellError, installStackTraces } from '../../src/platform/kernel/cell-error';
import { CellRunner } from '../../src/platform/kernel/cell-runner';
import { CellHandler } from '../../src/platform/kernel/code-questions';
import { Comms } from '../../src/platform/kernel/comms';
import { ExecutionConsole, OutputStreams } from '../../src/platform/kernel/output-streams';
import { installStepping } from '../../src/platform/kernel/interruptible-await';
import { installKernelHook } from '../../src/platform/kernel/kernel-hook';
import type { DisplayContent } from '../../src/platform/kernel/kernel-hook';
import { installPlainPromises } from '../../src/platform/kernel/rich-display';
import { installStandardInput } from '../../src/platform/kernel/standard-input';
import type { Asker } from '../../src/platform/kernel/standard-input';
import { createConverter, createExecutor } from '../../src/platform/kernel/tslab-parts';
import { projectRoot } from '../../src/paths';

/** What came of one cell. */
export interface Ran {
  readonly result: DisplayContent['data'] | undefined;
  readonly displays: readonly DisplayContent['data'][];
  readonly stdout: string;
  readonly stderr: string;
  readonly error: CellError | undefined;
}

/** The kernel without Jupyter, in this process and in a folder outside of the project. */
export class Cells {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ccl cells ')));
  readonly runner: CellRunner;
  readonly handler: CellHandler;
  private readonly streams = new OutputStreams({ stream: () => undefined, display: () => undefined });
  private readonly home = process.cwd();
  private readonly converter: CellConverter;

  constructor() {
    createRequire(__filename)('tsx/cjs');
    // As kernel.cjs does.
    process.env.NODE_PATH = path.join(projectRoot, 'node_modules');
    (Module as unknown as { _initPaths(): void })._initPaths();
    process.chdir(this.folder);
    const inner = createConverter(converterHooks({ projectRoot, workingDirectory: this.folder }));
    const converter = (this.converter = new CellConverter(inner));
    const reports = new ExecutionConsole();
    const converters = { node: converter, browser: converter, close: () => converter.close() };
    const executor = createExecutor(this.folder, converters, reports);
    const { streams } = this;
    this.runner = new CellRunner({ executor, converter, console: reports, streams, comms: new Comms() });
    this.handler = new CellHandler(executor);
    installStepping();
    installPlainPromises();
    installStackTraces();
    installKernelHook(this.runner);
    const input = installStandardInput(this.runner);
    this.streams.capture((name, piece) => input.heardOutput(name, piece));
  }

  /** @param asker what stands for the person at the front end, if anybody does */
  async run(code: string, asker?: Asker): Promise<Ran> {
    let result: Ran['result'];
    const displays: DisplayContent['data'][] = [];
    const text = { stdout: '', stderr: '' };
    const { error } = await this.runner.run(
      { code },
      {
        asker,
        input: () => undefined,
        running: () => undefined,
        stream: (name, piece) => (text[name] += piece),
        display: ({ data }) => displays.push(data),
        result: (_, { data }) => (result = data),
        error: () => undefined,
        clear: () => undefined,
      },
    );
    return { result, displays, ...text, error };
  }

  /** What Tab offers at the end of the code. */
  complete(code: string): string[] {
    return this.handler.handleComplete({ code, cursor_pos: [...code].length }).matches;
  }

  close(): void {
    this.converter.close();
    process.chdir(this.home);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
