import { randomUUID } from 'node:crypto';
import { getEventListeners, setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cellTitle, type CellConverter } from './cell-converter';
import { hasTopLevelLoop } from './cell-syntax';
import {
  diagnosticsError,
  exceptionError,
  interruptedError,
  isInterruption,
  type CellError,
} from './cell-error';
import {
  type CellReport,
  type ExecutionConsole,
  capped,
  inOutputContext,
  outputContext,
  outputLimit,
  type OutputContext,
  type OutputStreams,
  type StreamName,
} from './output-streams';
import type { Comms } from './comms';
import { beginSteps, giveUpSteps, runInterruptibly } from './interruptible-await';
import type {
  BundleMetadata,
  Comm,
  CommOpening,
  Contained,
  DisplayContent,
  DisplayHandle,
  KernelHook,
  MimeBundle,
  OutputSink,
} from './kernel-hook';
import { displayContent, renderValue, withParsedJson } from './rich-display';
import { nobodyToAsk } from './standard-input';
import type { Asker } from './standard-input';
import type { UserError } from '../../errors';
import { setDisplayWriter } from './tslab-parts';
import type { Executor } from './tslab-parts';

/** Where the outputs of one cell go, and its questions. */
export interface CellPublisher {
  /** Undefined where the front end takes no questions. */
  readonly asker?: Asker | undefined;
  input(count: number, code: string): void;
  /** Types are checked, the code runs. */
  running(): void;
  stream(name: StreamName, text: string): void;
  display(content: DisplayContent, displayId: string | undefined, update: boolean): void;
  result(count: number, content: DisplayContent): void;
  error(error: CellError): void;
  /** Takes away what the cell has shown so far. */
  clear(): void;
}

/** What is used of Jupyter's execute_request. */
export interface ExecuteRequest {
  readonly code: string;
  readonly silent?: boolean;
  readonly store_history?: boolean;
}

export type CellOutcome = { readonly count: number; readonly error?: CellError };

/** How long a cell has to run before the hint is worth its line. */
const loopHintAfterMs = 2000;
const loopHint =
  'Hint: this cell has a loop at its top level, where every access to a variable is slow (up to 550 times ' +
  'slower than inside a function). Put the loop into a function and call it.\n';

/** How long code has to end by itself before the cell is released: a study that listens to the signal saves its state. */
const interruptGraceMs = { listening: 15_000, deaf: 3000 };

export interface CellRunnerParts {
  readonly executor: Executor;
  readonly converter: CellConverter;
  readonly console: ExecutionConsole;
  readonly streams: OutputStreams;
  readonly comms: Comms;
}

/** Runs cells, one at a time, and is what running code sees of the kernel. */
export class CellRunner implements KernelHook {
  private count = 0;
  private controller = new AbortController();
  private running = false;
  private hearing = false;
  private publisher: CellPublisher | undefined;
  private releaseReason: Error | undefined;
  private cell: OutputContext | undefined;
  private readonly beside = new Map<AbortController, OutputContext>();

  constructor(private readonly parts: CellRunnerParts) {}

  get signal(): AbortSignal {
    return outputContext()?.signal ?? this.controller.signal;
  }

  display(bundle: MimeBundle, metadata?: BundleMetadata): DisplayHandle {
    const id = randomUUID();
    // Updates of what a widget shows go there, whoever sends them.
    const home = outputContext();
    const place = () => (home?.ofCell === false ? home : outputContext());
    this.show(displayContent(bundle, metadata), id, false);
    return {
      id,
      update: (next, nextMetadata) =>
        inOutputContext(place(), () => this.show(displayContent(next, nextMetadata), id, true)),
    };
  }

  /** What console.clear() does: the output of the running cell is empty again. */
  clear(): void {
    if (outputContext()?.ofCell === false) return;
    this.parts.streams.flush();
    this.publisher?.clear();
  }

  /**
   * Asks whoever sent the running cell for a line, and waits for it without letting anything else run.
   *
   * @throws UserError when there is nobody to ask
   * @throws DOMException «AbortError» when an interrupt came instead
   */
  ask(question: string): string {
    const asker = this.asker();
    if (asker instanceof Error) throw asker;
    this.parts.streams.flush();
    const line = asker.now(question);
    if (line !== undefined) return line;
    this.controller.abort(interruption());
    throw this.controller.signal.reason;
  }

  /** Reads a line of standard input for the running cell; a cell that nobody can give one ends with an error. */
  async readLine(): Promise<string | undefined> {
    const asker = this.asker();
    if (!(asker instanceof Error)) {
      this.parts.streams.flush();
      return asker.later('');
    }
    if (this.running) this.release(asker);
    return undefined;
  }

  /** The running cell, which whoever reads on after its end belongs to no more. */
  get runningCell(): object | undefined {
    return this.running ? this.cell : undefined;
  }

  private asker(): Asker | UserError {
    return (this.running && outputContext()?.ofCell !== false && this.publisher?.asker) || nobodyToAsk();
  }

  render(value: unknown): Promise<DisplayContent> {
    return renderValue(value);
  }

  openComm(opening: CommOpening): Comm {
    return this.parts.comms.start(opening);
  }

  async contained<T>(sink: OutputSink, work: () => T | Promise<T>): Promise<Contained<T>> {
    const controller = freshController();
    const context = { sink, signal: controller.signal, ofCell: false };
    this.beside.set(controller, context);
    try {
      return { value: await inOutputContext(context, () => runInterruptibly(work)) };
    } catch (thrown) {
      if (isInterruption(thrown)) return { error: interruptedError() };
      return { error: thrownError(thrown, controller.signal) };
    } finally {
      this.beside.delete(controller);
    }
  }

  /** Runs one cell and publishes all that comes of it. Never throws. */
  async run(request: ExecuteRequest, publisher: CellPublisher): Promise<CellOutcome> {
    const { code, silent = false, store_history: keep = true } = request;
    if (!silent && keep) this.count++;
    const count = this.count;
    const cell = this.begin(publisher, silent);
    if (!silent) publisher.input(count, code);
    const { error, milliseconds } = await inOutputContext(cell, () =>
      this.execute(code, count, silent, publisher),
    );
    this.running = false;
    if (!silent && milliseconds > loopHintAfterMs && hasTopLevelLoop(code)) {
      this.parts.streams.write('stderr', loopHint);
    }
    this.parts.streams.flush();
    if (error && !silent) publisher.error(error);
    return error ? { count, error } : { count };
  }

  /**
   * Ends the running cell: its signal is aborted at once; a cell that has not ended some seconds later, or at the
   * second interrupt, is released whatever it waits for. Work beside cells hears its signal. Does nothing else
   * between cells.
   */
  interrupt(): void {
    // The same interrupt may come as a message and as a signal, both of which waited for the event loop.
    if (this.hearing) return;
    this.hearing = true;
    void eventsHeard().then(() => (this.hearing = false));
    for (const [controller, context] of this.beside) {
      inOutputContext(context, () => controller.abort(interruption()));
    }
    // Node attaches the handler of SIGINT anew after each run that an interrupt may end, in the context of that run.
    if (this.running) inOutputContext(undefined, () => this.interruptCell());
  }

  private interruptCell(): void {
    const { controller } = this;
    if (controller.signal.aborted) {
      this.release();
      return;
    }
    const listens = getEventListeners(controller.signal, 'abort').length > 0;
    controller.abort(interruption());
    setTimeout(
      () => {
        if (this.running && this.controller === controller) this.release();
      },
      interruptGraceMs[listens ? 'listening' : 'deaf'],
    );
  }

  /** @param reason why, where it is not an interrupt */
  private release(reason?: Error): void {
    this.releaseReason = reason;
    giveUpSteps();
    this.parts.executor.interrupt();
  }

  private begin(publisher: CellPublisher, silent: boolean): OutputContext {
    this.controller = freshController();
    this.releaseReason = undefined;
    this.running = true;
    beginSteps();
    this.publisher = silent ? undefined : publisher;
    const sink: OutputSink = silent
      ? nowhere
      : { stream: capped(publisher.stream, outputLimit()), display: publisher.display };
    this.cell = { sink, signal: this.controller.signal, ofCell: true };
    this.parts.streams.redirect(sink);
    setDisplayWriter(({ data, metadata, transient }, update) =>
      this.show({ data: withParsedJson(data), metadata }, transient.display_id, update),
    );
    return this.cell;
  }

  private show(content: DisplayContent, displayId: string | undefined, update: boolean): void {
    const context = outputContext() ?? this.cell;
    if (context?.ofCell) this.parts.streams.flush();
    context?.sink.display(content, displayId, update);
  }

  private async execute(
    code: string,
    count: number,
    silent: boolean,
    publisher: CellPublisher,
  ): Promise<{ error: CellError | undefined; milliseconds: number }> {
    const { executor, converter, console: reports } = this.parts;
    converter.cell = count;
    let started = performance.now();
    const ended = (error?: CellError) => ({ error, milliseconds: performance.now() - started });
    try {
      converter.prepare(code);
      // What came while types were checked is heard now, before anything of the cell has run.
      await eventsHeard();
      if (this.controller.signal.aborted) return ended(interruptedError());
      started = performance.now();
      publisher.running();
      const ok = await executor.execute(code);
      const report = reports.take();
      if (!ok) {
        if (report.thrown) converter.forget(executor.locals);
        return ended(this.failure(report, code, count));
      }
      for (const problem of report.problems) this.parts.streams.write('stderr', `${problem}\n`);
      const result = report.result ?? this.nullResult();
      if (result && !silent) await this.publishResult(result.value, count, publisher);
      return ended();
    } catch (error) {
      reports.take();
      return ended(thrownError(error, this.controller.signal));
    }
  }

  /** tslab passes over null as a cell's value; it leaves its variable behind. */
  private nullResult(): { value: null } | undefined {
    const name = this.parts.converter.last.lastExpressionVariable;
    if (name === undefined || this.parts.executor.locals[name] !== null) return undefined;
    Reflect.deleteProperty(this.parts.executor.locals, name);
    return { value: null };
  }

  private async publishResult(value: unknown, count: number, publisher: CellPublisher): Promise<void> {
    const content = await Promise.race([renderValue(value), rejectedWhenAborted(this.controller.signal)]);
    this.parts.streams.flush();
    if (Object.keys(content.data).length > 0) publisher.result(count, content);
  }

  private failure(report: CellReport, code: string, count: number): CellError {
    const { diagnostics } = this.parts.converter.last;
    if (!report.thrown) return diagnosticsError(diagnostics, code, cellTitle(count));
    if (this.releaseReason) return exceptionError(this.releaseReason);
    const { value } = report.thrown;
    if (isInterruption(value)) {
      this.controller.abort(interruption());
      return interruptedError();
    }
    return thrownError(value, this.controller.signal);
  }
}

const nowhere: OutputSink = { stream: () => undefined, display: () => undefined };

/** Two turns of the event loop: signals and messages that were there before have been heard then. */
async function eventsHeard(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

function freshController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function interruption(): DOMException {
  return new DOMException('the cell was interrupted', 'AbortError');
}

function thrownError(value: unknown, signal: AbortSignal): CellError {
  if (!signal.aborted) return exceptionError(value);
  const released = value instanceof Error && value.message === 'Interrupted asynchronously';
  if (released) {
    return interruptedError(
      'what it waited for was told to stop and has not ended yet; what does not listen goes on until the kernel is restarted',
    );
  }
  // Node's functions throw an AbortError; the library's own error for this is called Interrupted already.
  const aborted = value instanceof Error && value.name === 'AbortError';
  return aborted ? interruptedError() : exceptionError(value);
}

function rejectedWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
