import type { TrainingProgress } from './task';

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

/**
 * A progress callback for log files: one plain line an epoch, `epoch 3/40, loss 0.4123, 17,950 records/s, 25 s left`, with
 * the mean loss over its steps; the model's name in front where a defense trains several.
 *
 * @param out e.g. process.stderr, or a file's write stream
 */
export function progressLog(out: { write(text: string): unknown }): (progress: TrainingProgress) => void {
  let sum = 0;
  return (progress) => {
    const { epoch, epochs, step, steps, loss, stage } = progress;
    sum = step === 1 ? loss : sum + loss;
    if (step < steps) return;
    const model = stage === undefined ? '' : `${stage.name} (model ${stage.number} of ${stage.of}), `;
    out.write(`${model}epoch ${epoch}/${epochs}, loss ${lossText(sum / steps)}, ${paceText(progress)}\n`);
  };
}

/** «0.4123»; a loss with a concave part goes below 0, where a reader would suspect a fault. */
export function lossText(loss: number): string {
  return `${loss.toFixed(4)}${loss < 0 ? ' (its concave part goes below 0)' : ''}`;
}

/** «17,950 records/s, 25 s left». */
export function paceText({
  recordsPerSecond,
  secondsLeft,
}: Pick<TrainingProgress, 'recordsPerSecond' | 'secondsLeft'>): string {
  return `${recordsText(recordsPerSecond)}, ${durationText(secondsLeft)} left`;
}

/** «17,950 records/s». */
export function recordsText(recordsPerSecond: number): string {
  return `${Math.round(recordsPerSecond).toLocaleString('en-US')} records/s`;
}

/** «25 s», «3 min 20 s», «2 h 5 min». */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
