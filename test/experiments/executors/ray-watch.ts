import type { ExecutorEvents } from '../../../src/experiments/executors/executor';

/** Takes down what an executor tells. */
export class Watch {
  readonly finished: string[] = [];
  readonly retried: string[] = [];
  readonly failed: string[] = [];
  /** Blocks whose last epoch was reported, as often as it was. */
  private readonly lastEpochs: string[] = [];

  /** @param act called after so many finished blocks */
  constructor(
    private readonly count = 0,
    private readonly act: () => unknown = () => undefined,
  ) {}

  readonly events: ExecutorEvents = {
    onProgress: ({ id }, _place, { epoch, epochs, step, steps }) => {
      if (epoch === epochs && step === steps) this.lastEpochs.push(id);
    },
    onFinish: ({ id }) => {
      this.finished.push(id);
      if (this.finished.length === this.count) this.act();
    },
    onRetry: ({ id }) => void this.retried.push(id),
    onFail: ({ id }) => void this.failed.push(id),
  };

  trainedTwice(): string[] {
    return this.lastEpochs.filter((id, i) => this.lastEpochs.indexOf(id) !== i);
  }
}
