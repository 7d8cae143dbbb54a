import { AsyncLocalStorage } from 'node:async_hooks';
import { StringDecoder } from 'node:string_decoder';
import type { OutputSink } from './kernel-hook';
import { format } from 'node:util';
import type { ConsoleInterface } from './tslab-parts';

/** What running code sees of the kernel: where its outputs go, and what an interrupt aborts. */
export interface OutputContext {
  readonly sink: OutputSink;
  readonly signal: AbortSignal;
  /** Whether it is code of a cell, or of what a cell started; else it is a widget's callback. */
  readonly ofCell: boolean;
}

const storage = new AsyncLocalStorage<OutputContext | undefined>();

/** The context of the code that runs at the moment; undefined for what no cell and no widget started. */
export const outputContext = (): OutputContext | undefined => storage.getStore();

/** Runs work, and all that it starts, in a context. */
export function inOutputContext<T>(context: OutputContext | undefined, work: () => T): T {
  return storage.run(context, work);
}

export type StreamName = 'stdout' | 'stderr';

/** How many characters a cell may print before the page that shows them becomes slow; CCL_CELL_OUTPUT, 0 for no limit. */
export function outputLimit(): number {
  const asked = Number(process.env.CCL_CELL_OUTPUT ?? 1_000_000);
  return asked > 0 ? asked : Infinity;
}

/** A stream that ends after so many characters, with a line that says so. */
export function capped(stream: OutputSink['stream'], limit: number): OutputSink['stream'] {
  let left = limit;
  return (name, text) => {
    if (left < 0) return;
    stream(name, text.slice(0, left));
    left -= text.length;
    if (left >= 0) return;
    const cut = `[The output of this cell is cut here, after ${limit.toLocaleString('en-US')} characters, and goes on unseen.`;
    stream('stderr', `\n${cut} Write long output into a file, or set CCL_CELL_OUTPUT=0.]\n`);
  };
}

const windowMs = 100;
const messagesPerWindow = 50;

/**
 * What cells write to stdout and stderr, each piece to the cell that started the code that writes it (what a widget's
 * callback writes goes to its own sink at once). A piece is sent at once (a loop that never yields still shows its
 * progress) until there are more than 50 in 100 ms; then they are gathered until the event loop turns, the 100 ms
 * are over, another stream or cell is written to, or the cell has another output.
 */
export class OutputStreams {
  private name: StreamName = 'stdout';
  private sink: OutputSink;
  private text = '';
  private windowStart = 0;
  private sentInWindow = 0;
  private scheduled = false;
  private readonly decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  /** @param home takes what no cell and no widget started, until a cell does */
  constructor(private home: OutputSink) {
    this.sink = home;
  }

  /** Sends what is still held, and what nobody started from now on to another place. */
  redirect(home: OutputSink): void {
    this.flush();
    this.home = home;
  }

  write(name: StreamName, chunk: string | Uint8Array): void {
    const text = typeof chunk === 'string' ? chunk : this.decoders[name].write(Buffer.from(chunk));
    const context = outputContext();
    if (context && !context.ofCell) {
      context.sink.stream(name, text);
      return;
    }
    const sink = context?.sink ?? this.home;
    if (name !== this.name || sink !== this.sink) this.flush();
    this.name = name;
    this.sink = sink;
    this.text += text;
    if (this.mayFlush()) {
      this.send();
    } else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.send();
      });
    }
  }

  private mayFlush(): boolean {
    const now = performance.now();
    if (now - this.windowStart > windowMs) {
      this.windowStart = now;
      this.sentInWindow = 0;
    }
    return ++this.sentInWindow <= messagesPerWindow;
  }

  /** Sends all that is held. */
  flush(): void {
    this.send();
    const half = this.text;
    this.text = '';
    if (half !== '') this.sink.stream(this.name, half);
  }

  /** Sends what is held but for half a character at the end, whose other half may come. */
  private send(): void {
    const cut = this.text.length - (/[\ud800-\udbff]$/.test(this.text) ? 1 : 0);
    if (cut === 0) return;
    const text = this.text.slice(0, cut);
    this.text = this.text.slice(cut);
    this.sink.stream(this.name, text);
  }

  /**
   * Makes process.stdout and process.stderr write here instead of to the terminal.
   *
   * @param written hears of each text as well
   */
  capture(written: (name: StreamName, text: string) => void = () => undefined): void {
    for (const name of ['stdout', 'stderr'] as const) {
      // Also where Jupyter was started in a terminal, to which nothing goes.
      process[name].isTTY = false;
      const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
        this.write(name, chunk);
        written(name, String(chunk));
        const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
        if (done) process.nextTick(done);
        return true;
      };
      process[name].write = write as typeof process.stdout.write;
    }
  }
}

/** What tslab's executor reported while it ran one cell. */
export interface CellReport {
  /** Whether the cell ended with an expression, and its value. */
  readonly result?: { readonly value: unknown };
  /** What the cell threw. */
  readonly thrown?: { readonly value: unknown };
  /** Lines about problems that the compiler found. */
  readonly problems: readonly string[];
}

const diagnosticFormat = '%s%d:%d - %s';

/**
 * The console that tslab's executor is given. It uses it for three things only: log(value) for the last
 * expression, error(thrown) for an exception, error(format, …) for a problem that the compiler found.
 */
export class ExecutionConsole implements ConsoleInterface {
  private report: { result?: { value: unknown }; thrown?: { value: unknown }; problems: string[] } = {
    problems: [],
  };

  log(value?: unknown): void {
    this.report.result = { value };
  }

  error(first?: unknown, ...rest: unknown[]): void {
    if (first === diagnosticFormat && rest.length > 0) this.report.problems.push(format(first, ...rest));
    else this.report.thrown = { value: first };
  }

  /** The report on the cell that has just ended; the next one starts empty. */
  take(): CellReport {
    const report = this.report;
    this.report = { problems: [] };
    return report;
  }
}
