import { badInput } from '../../errors';
import { runningCell, type RunningCell } from '../../running-cell';
import type { TrainingProgress } from '../../training/task';
import { progressPicture, type ProgressPicture } from './progress-picture';
import { durationText } from '../../training/progress';

/** What a trainer tells after each step; without `secondsLeft` the time left is reckoned from the calls. */
export type StepProgress = Pick<TrainingProgress, 'epoch' | 'epochs' | 'step' | 'steps' | 'loss'> &
  Partial<Pick<TrainingProgress, 'secondsLeft' | 'stage'>>;

/** The parts of a training task that show it in a notebook. */
export interface LiveTraining {
  /** Aborted when the running cell is interrupted; undefined outside a notebook. */
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: StepProgress) => void;
}

const redrawMs = 250;

/**
 * Shows a training in the running notebook cell: loss by epoch, a bar, the time left; an interrupt stops it. One call a
 * training: `await train({ ...task, ...liveTraining('CCEL') })`. Outside a notebook nothing is shown.
 *
 * The loss of an epoch is the mean of the trained loss over its batches so far.
 *
 * @throws UserError when the title is no text
 *
 * @example
 * ```ts
 * import { liveTraining } from 'ccl-lab';
 *
 * const { onProgress } = liveTraining('CE'); // outside of a notebook nothing is shown
 * onProgress({ epoch: 1, epochs: 2, step: 1, steps: 1, loss: 0.7 });
 * ```
 */
export function liveTraining(title = 'Training'): LiveTraining {
  if (typeof title !== 'string') {
    throw badInput('liveTraining: title', title, 'must be a text', "Pass e.g. 'CCEL'");
  }
  const cell = runningCell();
  if (cell === undefined) return { signal: undefined, onProgress: () => undefined };
  const display = new TrainingDisplay(cell, title);
  const { signal } = cell;
  signal.addEventListener('abort', () => display.stopped(), { once: true });
  return { signal, onProgress: (progress) => display.tell(progress) };
}

/** One training as an output that is replaced in place. */
class TrainingDisplay {
  private readonly handle: ReturnType<RunningCell['display']>;
  private epochs: { readonly epoch: number; sum: number; steps: number }[] = [];
  private last: StepProgress | undefined;
  private start: { readonly time: number; readonly share: number } | undefined;
  private shownAt = -Infinity;
  private over = false;
  private isStopped = false;

  constructor(
    cell: RunningCell,
    private readonly title: string,
  ) {
    this.handle = cell.display(progressBundle({ text: `${title}: starting`, share: 0, over: undefined }));
  }

  tell(progress: StepProgress): void {
    this.start ??= { time: performance.now(), share: doneShare(progress) };
    if (progress.stage?.number !== this.last?.stage?.number) this.epochs = [];
    this.last = progress;
    this.add(progress);
    this.over = doneShare(progress) === 1;
    const now = performance.now();
    if (this.isStopped || (!this.over && now - this.shownAt < redrawMs)) return;
    this.shownAt = now;
    this.show(this.over ? 'done' : undefined);
  }

  stopped(): void {
    this.isStopped = true;
    if (!this.over) this.show('stopped');
  }

  private add({ epoch, loss }: StepProgress): void {
    const current = this.epochs.at(-1);
    if (current?.epoch !== epoch) this.epochs.push({ epoch, sum: loss, steps: 1 });
    else {
      current.sum += loss;
      current.steps++;
    }
  }

  private show(over: ProgressPicture['over']): void {
    if (this.last === undefined) {
      this.handle.update(progressBundle({ text: `${this.title}: interrupted`, share: 0, over }));
      return;
    }
    const losses = this.epochs.map(({ epoch, sum, steps }) => ({ epoch, loss: sum / steps }));
    const share = doneShare(this.last);
    const words = progressText({ ...this.last, loss: losses.at(-1)!.loss }, this.secondsLeft(share), over);
    const text = `${this.title}: ${words}`;
    this.handle.update(progressBundle({ text, share, over, losses, epochs: this.last.epochs }));
  }

  /** As the trainer says; else from the pace so far, after the first half second. */
  private secondsLeft(share: number): number | undefined {
    const { last, start } = this;
    if (last?.secondsLeft !== undefined || last?.stage !== undefined) return last.secondsLeft;
    const done = share - start!.share;
    const elapsed = (performance.now() - start!.time) / 1000;
    return elapsed < 0.5 || done <= 0 ? undefined : (elapsed / done) * (1 - share);
  }
}

/** Exactly 1 after the last step of the last model. */
function doneShare({ epoch, epochs, step, steps, stage }: StepProgress): number {
  const share = (epoch - 1 + step / steps) / epochs;
  return stage === undefined ? share : (stage.number - 1 + share) / stage.of;
}

/** Without times once it is over, so that the output of a notebook is the same each time. */
function progressText(
  { epoch, epochs, loss, stage }: StepProgress,
  secondsLeft: number | undefined,
  over: ProgressPicture['over'],
): string {
  const model = stage === undefined ? '' : `${stage.name} (${stage.number} of ${stage.of}), `;
  const lossText = `loss ${Number(loss.toPrecision(4))}`;
  if (over === 'done') return `${epochs} of ${epochs} epochs, ${lossText}`;
  if (over === 'stopped') return `interrupted, ${model}epoch ${epoch} of ${epochs}, ${lossText}`;
  const running = `${model}epoch ${epoch} of ${epochs}, ${lossText}`;
  if (secondsLeft === undefined || !Number.isFinite(secondsLeft)) return running;
  return `${running}, ${durationText(secondsLeft)} left${stage === undefined ? '' : ' for this model'}`;
}

/** The picture, and its text for terminals and screen readers. */
export function progressBundle(picture: ProgressPicture): { 'image/svg+xml': string; 'text/plain': string } {
  return { 'image/svg+xml': progressPicture(picture), 'text/plain': picture.text };
}
