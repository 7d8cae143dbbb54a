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
