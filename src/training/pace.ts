import type { TrainingProgress } from './training-task';

/** Measures how fast a training goes; for people to look at. */
export class Pace {
  private readonly start = performance.now();
  private records = 0;

  constructor(
    private readonly firstEpoch: number,
    private readonly lastEpoch: number,
  ) {}

  /** Told after a step on so many records. */
  step(
    records: number,
    progress: Pick<TrainingProgress, 'epoch' | 'step' | 'steps' | 'loss'>,
  ): TrainingProgress {
    this.records += records;
    const seconds = (performance.now() - this.start) / 1000;
    const { epoch, step, steps } = progress;
    const done = epoch - this.firstEpoch + step / steps;
    const all = this.lastEpoch - this.firstEpoch + 1;
    return {
      ...progress,
      epochs: this.lastEpoch,
      recordsPerSecond: this.records / Math.max(seconds, 1e-9),
      secondsLeft: (seconds * (all - done)) / Math.max(done, 1e-9),
    };
  }
}
