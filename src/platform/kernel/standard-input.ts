import { Readable } from 'node:stream';
import { UserError } from '../../errors';
import type { StreamName } from './output-streams';

/** Asks the person at the front end for a line. */
export interface Asker {
  /** Lets nothing else run meanwhile; undefined when an interrupt came instead of an answer. */
  now(question: string): string | undefined;
  later(question: string): Promise<string>;
}

/** What cells read of the person at the front end. */
export interface LineReader {
  ask(question: string): string;
  /** Undefined where there is nobody to ask, which ends the cell. */
  readLine(): Promise<string | undefined>;
  /** A different object for each cell that runs. */
  readonly runningCell: object | undefined;
}

/** The error of a cell that asks where nobody can answer. */
export function nobodyToAsk(): UserError {
  return new UserError(
    'This code reads standard input, and there is nobody to ask: nbclient, papermill and nbconvert take no ' +
      'questions, and neither does the callback of a widget. Run the cell in JupyterLab, VS Code or jupyter console, ' +
      'or put the value into a variable.',
  );
}

/** How long a reader has to say what it asks for, before the front end shows a field. */
const settleMs = 50;

/**
 * process.stdin of a notebook: each line is asked for when a cell waits for one. A reader that an earlier cell left
 * behind (readline without `close`) asks again when a later cell writes a question, which ends without a line end.
 */
class CellInput extends Readable {
  /** The cell that waits for a line, and the one that was last asked for one. */
  private wanting: object | undefined;
  private asked: object | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly reader: LineReader) {
    super();
  }

  override _read(): void {
    this.wanting = this.reader.runningCell;
    this.soon();
  }

  /** The running cell has written something. */
  heardOutput(name: StreamName, text: string): void {
    if (name === 'stderr' || this.wanting === undefined || text.endsWith('\n')) return;
    this.wanting = this.reader.runningCell;
    this.soon();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), settleMs);
  }

  private async ask(): Promise<void> {
    const cell = this.reader.runningCell;
    if (cell === undefined || cell !== this.wanting || cell === this.asked || this.isPaused()) return;
    this.asked = cell;
    const line = await this.reader.readLine();
    if (line === undefined || this.asked !== cell) return;
    this.asked = undefined;
    this.wanting = undefined;
    // Not in a microtask, so that the stream asks for more before the cell can end and another one begin.
    setImmediate(() => this.push(`${line}\n`));
  }
}

/** Makes `prompt`, `confirm` and `process.stdin` ask the person at the front end. */
export function installStandardInput(reader: LineReader): CellInput {
  const input = new CellInput(reader);
  Object.defineProperty(process, 'stdin', { value: input, configurable: true });
  const globals = {
    prompt: (question = '', otherwise = ''): string => reader.ask(`${question} `) || otherwise,
    confirm: (question = ''): boolean => /^y(es)?$/i.test(reader.ask(`${question} [y/N] `).trim()),
  };
  Object.assign(globalThis, globals);
  return input;
}
