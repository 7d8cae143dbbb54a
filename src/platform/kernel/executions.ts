/** One request to run a cell. */
export interface QueuedExecution {
  /** Runs it to its end; never rejects. */
  run(): Promise<void>;
  /** Answers it without running it. */
  abort(): void;
}

/** Runs cells in the order in which they were asked for. */
export class ExecutionQueue {
  private readonly waiting: QueuedExecution[] = [];
  private busy = false;

  add(execution: QueuedExecution): void {
    this.waiting.push(execution);
    if (!this.busy) void this.work();
  }

  /** Answers all that waits without running it. */
  abortWaiting(): void {
    for (const execution of this.waiting.splice(0)) execution.abort();
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      await next.run();
    }
    this.busy = false;
  }
}

/** What is used of Jupyter's history_request. */
export interface HistoryRequest {
  readonly hist_access_type?: 'tail' | 'range' | 'search';
  readonly output?: boolean;
  readonly n?: number;
  readonly session?: number;
  readonly start?: number;
  readonly stop?: number;
  readonly pattern?: string;
  readonly unique?: boolean;
}

type HistoryEntry = [session: number, line: number, text: string | [input: string, output: string | null]];

/** The kernel does not look back beyond its start, which is its only session. */
const onlySession = 1;

/** What was run in this kernel, for front ends that look back (the arrow keys of `jupyter console`). */
export class InputHistory {
  private readonly entries: { line: number; input: string; output: string | null }[] = [];

  add(line: number, input: string): void {
    this.entries.push({ line, input, output: null });
  }

  /** The value that the last input had, as text. */
  setOutput(output: string): void {
    const last = this.entries.at(-1);
    if (last) last.output = output;
  }

  /** The newest n inputs, those of a range of lines, or the newest n that match a pattern of `*` and `?`. */
  find(request: HistoryRequest): HistoryEntry[] {
    return this.chosen(request).map(({ line, input, output }) => [
      onlySession,
      line,
      request.output ? [input, output] : input,
    ]);
  }

  private chosen(request: HistoryRequest): typeof this.entries {
    const { hist_access_type: type, n, session = 0, start = 1, stop = Infinity, pattern = '*' } = request;
    if (type === 'range') {
      if (session !== 0 && session !== onlySession) return [];
      return this.entries.filter(({ line }) => line >= start && line < stop);
    }
    if (type === 'search') {
      const matches = glob(pattern);
      const found = this.entries.filter(({ input }) => matches.test(input));
      const last = new Map(found.map((entry) => [entry.input, entry]));
      const kept = request.unique ? found.filter((entry) => last.get(entry.input) === entry) : found;
      return n === undefined ? kept : kept.slice(-n);
    }
    return n === undefined ? this.entries : this.entries.slice(-n);
  }
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
}
