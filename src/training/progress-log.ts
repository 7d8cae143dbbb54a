import type { TrainingProgress } from './training-task';

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
    out.write(`${model}epoch ${epoch}/${epochs}, loss ${(sum / steps).toFixed(4)}, ${paceText(progress)}\n`);
  };
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
