import { AsyncLocalStorage } from 'node:async_hooks';
import { StringDecoder } from 'node:string_decoder';
import type { OutputSink } from './kernel-hook';

/** What work outside of any cell sees of the kernel. */
export interface OutputContext {
  readonly sink: OutputSink;
  readonly signal: AbortSignal;
}

const storage = new AsyncLocalStorage<OutputContext | undefined>();

/** The context of the code that runs at the moment, undefined for code of a cell. */
export const outputContext = (): OutputContext | undefined => storage.getStore();

/** Runs work, and all that it starts, in a context; undefined is that of cells. */
export function inOutputContext<T>(context: OutputContext | undefined, work: () => T): T {
  return storage.run(context, work);
}

export type StreamName = 'stdout' | 'stderr';

const windowMs = 100;
const messagesPerWindow = 50;

/**
 * What cells write to stdout and stderr (what a widget's callback writes goes to its own sink). Each piece is sent at once (a loop that never yields still shows its
 * progress) until there are more than 50 in 100 ms; then they are gathered until the event loop turns, the 100 ms
 * are over, the other stream is written, or the cell has another output.
 */
export class OutputStreams {
  private name: StreamName = 'stdout';
  private text = '';
  private windowStart = 0;
  private sentInWindow = 0;
  private scheduled = false;
  private readonly decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  /** @param publish sends one piece of text; asked at the time of the writing, so it may change from cell to cell */
  constructor(private publish: (name: StreamName, text: string) => void) {}

  /** Sends what is still held to where it belongs, and everything later to another place. */
  redirect(publish: (name: StreamName, text: string) => void): void {
    this.flush();
    this.publish = publish;
  }

  write(name: StreamName, chunk: string | Uint8Array): void {
    const text = typeof chunk === 'string' ? chunk : this.decoders[name].write(Buffer.from(chunk));
    const context = outputContext();
    if (context) {
      context.sink.stream(name, text);
      return;
    }
    if (name !== this.name) this.flush();
    this.name = name;
    this.text += text;
    if (this.mayFlush()) {
      this.flush();
    } else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.flush();
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

  flush(): void {
    if (this.text === '') return;
    const text = this.text;
    this.text = '';
    this.publish(this.name, text);
  }

  /** Makes process.stdout and process.stderr write here instead of to the terminal. */
  capture(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
        this.write(name, chunk);
        const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
        if (done) process.nextTick(done);
        return true;
      };
      process[name].write = write as typeof process.stdout.write;
    }
  }
}
