import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** Shortest time from one start of the work to the next: no eye and no front end wants more. */
const pauseMs = 40;

/**
 * Does work for a value that changes faster than the work is done: one at a time, always for the newest value; values
 * that are overtaken while they wait are never worked on.
 */
export class NewestOnly<T> {
  private next: { readonly value: T } | undefined;
  private working = false;

  /** @param work never rejects */
  constructor(private readonly work: (value: T) => Promise<void>) {}

  ask(value: T): void {
    this.next = { value };
    if (!this.working) void this.run();
  }

  private async run(): Promise<void> {
    this.working = true;
    // Messages that have arrived already are heard first.
    await turn();
    while (this.next !== undefined) {
      const { value } = this.next;
      this.next = undefined;
      const started = performance.now();
      await this.work(value);
      await sleep(Math.max(0, pauseMs - (performance.now() - started)));
    }
    this.working = false;
  }
}
