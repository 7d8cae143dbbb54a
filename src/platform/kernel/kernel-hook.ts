/**
 * What running code can ask of the notebook kernel, wherever it stands. The library must not import the
 * kernel, so it looks this object up by its global name and does without when there is none:
 *
 *     const kernel = (globalThis as { [key: symbol]: unknown })[Symbol.for('ccl-lab.kernel')];
 *
 * Outside a notebook that is undefined.
 */

/** One value in several forms: MIME type to text, to a JSON value (for `…json` types), or to bytes. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Metadata of a bundle, by MIME type or as the front end defines it. */
export type BundleMetadata = Readonly<Record<string, unknown>>;

/** A bundle as Jupyter's messages carry it: text, base64 and JSON only. */
export interface DisplayContent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: BundleMetadata;
}

/** Something shown in a cell's output that can be replaced in place. */
export interface DisplayHandle {
  /** Jupyter's display_id. */
  readonly id: string;
  /** Replaces what is shown, also after the cell that showed it has ended. */
  update(bundle: MimeBundle, metadata?: BundleMetadata): void;
}

/** An error as front ends show it (the content of Jupyter's `error` message). */
export interface ShownError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** JSON, and the bytes that travel beside it as binary frames. */
export interface CommMessage {
  readonly data: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

/** One end of a channel between code in the kernel and code in the front end. */
export interface Comm {
  readonly id: string;
  readonly targetName: string;
  /** True once either side has closed it; what is sent then goes nowhere. */
  readonly closed: boolean;
  send(data: CommMessage['data'], buffers?: CommMessage['buffers']): void;
  close(): void;
  /** Says who hears the front end's messages; the one before hears no more. */
  onMessage(listener: (message: CommMessage) => void): void;
  /** Says who is told when the front end, a restart or a new run of the cell closes it. */
  onClose(listener: () => void): void;
}

export interface CommOpening {
  /** What the front end looks its own end up by, e.g. `jupyter.widget`. */
  readonly targetName: string;
  /** An id that the front end knows already; default a new one. */
  readonly id?: string;
  readonly data: CommMessage['data'];
  readonly metadata?: BundleMetadata;
  readonly buffers?: CommMessage['buffers'];
  /** What the opening would say at the moment, for front ends that come later (widgets: `{ state }`). */
  readonly snapshot?: () => CommMessage;
  /** The comm closes with the cell that opened this one; default the cell that was started last. */
  readonly beside?: Comm;
}

/** Takes outputs that would else go to a cell. */
export interface OutputSink {
  stream(name: 'stdout' | 'stderr', text: string): void;
  display(content: DisplayContent, displayId: string | undefined, update: boolean): void;
}

export type Contained<T> = { readonly value: T } | { readonly error: ShownError };

export interface KernelHook {
  /** Aborted when the user interrupts the running cell; every cell has a fresh one. */
  readonly signal: AbortSignal;
  /**
   * Shows a bundle in the output of the running cell.
   *
   * @throws TypeError when the bundle is not an object or cannot be written as JSON
   */
  display(bundle: MimeBundle, metadata?: BundleMetadata): DisplayHandle;
  /** The form in which the last expression of a cell shows a value. Never rejects. */
  render(value: unknown): Promise<DisplayContent>;
  /** Opens a comm to the front end. It closes when the cell that opened it runs again or the kernel ends. */
  openComm(opening: CommOpening): Comm;
  /**
   * Runs work that belongs to no cell (a widget's callback). What it prints and displays goes to the sink, an
   * interrupt aborts its signal and ends its synchronous part, an exception is returned. Never rejects.
   */
  contained<T>(sink: OutputSink, work: () => T | Promise<T>): Promise<Contained<T>>;
}

/** The name under which the hook stands in globalThis. */
export const kernelHookKey: unique symbol = Symbol.for('ccl-lab.kernel');

/** Makes the hook known to all code of this process. */
export function installKernelHook(hook: KernelHook): void {
  Object.defineProperty(globalThis, kernelHookKey, { value: hook, configurable: true, enumerable: false });
}
