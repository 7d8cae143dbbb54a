import { badInput } from '../../errors';
import { runningCell, type RunningCell } from '../../running-cell';
import type { TrainingProgress } from '../../training/task';
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

/** What a progress display shows. */
export interface ProgressPicture {
  /** One line above the bar. */
  readonly text: string;
  /** How much is done, in [0, 1]. */
  readonly share: number;
  /** The work is over, one way or the other. */
  readonly over: 'done' | 'stopped' | undefined;
  /** Mean loss by epoch; left out without a chart. */
  readonly losses?: readonly { readonly epoch: number; readonly loss: number }[];
  /** Last epoch of the axis. */
  readonly epochs?: number;
}

const width = 640;
const chartHeight = 210;
const barTop = 30;
const barHeight = 10;
/** Mean advance of a letter in the widest of the fonts, in pixels. */
const widestLetter = 7.3;
const room = { left: 62, right: 30, top: 56, bottom: 40 };
/** Colors of the light figures. */
const colors = {
  ink: '#1f2328',
  faint: '#59636e',
  grid: '#e6e8eb',
  done: '#009e73',
  stopped: '#d55e00',
  line: '#0072b2',
};

/**
 * A bar, and a chart of the loss by epoch where there is one, as SVG: an output that every viewer shows and that is
 * replaced in place without loading anything.
 */
export function progressPicture(picture: ProgressPicture): string {
  const { text, share, over, losses, epochs } = picture;
  const height = losses === undefined ? 48 : room.top + chartHeight + room.bottom;
  const color = over === 'stopped' ? colors.stopped : colors.done;
  const done = Math.round(Math.min(1, Math.max(0, share)) * (width - 20));
  const bar =
    `<rect x="10" y="${barTop}" width="${width - 20}" height="${barHeight}" rx="3" fill="${colors.grid}"/>` +
    `<rect x="10" y="${barTop}" width="${done}" height="${barHeight}" rx="3" fill="${color}"/>`;
  const chart = losses === undefined ? '' : lossChart(losses, epochs ?? 1);
  const alt = escapeXml(text);
  // Else the end of a long line, the time left, would be cut off.
  const fitted =
    text.length * widestLetter > width - 20
      ? ` textLength="${width - 20}" lengthAdjust="spacingAndGlyphs"`
      : '';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="13"><title>${alt}</title>` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>` +
    `<text x="10" y="20" fill="${colors.ink}"${fitted}>${alt}</text>${bar}${chart}</svg>`
  );
}

function lossChart(losses: NonNullable<ProgressPicture['losses']>, epochs: number): string {
  const points = losses.filter(({ loss }) => Number.isFinite(loss));
  const [low, high] = rangeOf(points.map(({ loss }) => loss));
  const right = width - room.right;
  const bottom = room.top + chartHeight;
  const x = (epoch: number): string => (room.left + ((right - room.left) * epoch) / epochs).toFixed(1);
  const y = (loss: number): string => (bottom - (chartHeight * (loss - low)) / (high - low)).toFixed(1);
  const rows = ticks(low, high).map(
    (at) =>
      `<line x1="${room.left}" x2="${right}" y1="${y(at)}" y2="${y(at)}" stroke="${colors.grid}"/>` +
      `<text x="${room.left - 8}" y="${y(at)}" dy="4" text-anchor="end" fill="${colors.faint}">${number(at)}</text>`,
  );
  const columns = ticks(0, epochs)
    .filter(Number.isInteger)
    .map(
      (at) =>
        `<text x="${x(at)}" y="${bottom + 17}" text-anchor="middle" fill="${colors.faint}">${at}</text>`,
    );
  const line = points.map(({ epoch, loss }) => `${x(epoch)},${y(loss)}`).join(' ');
  const last = points.at(-1);
  const dot = last && `<circle cx="${x(last.epoch)}" cy="${y(last.loss)}" r="3.5" fill="${colors.line}"/>`;
  const middle = room.top + chartHeight / 2;
  return (
    `${rows.join('')}${columns.join('')}` +
    `<path d="M${room.left} ${room.top}V${bottom}H${right}" fill="none" stroke="${colors.faint}"/>` +
    `<polyline points="${line}" fill="none" stroke="${colors.line}" stroke-width="2"/>${dot ?? ''}` +
    `<text x="${(room.left + right) / 2}" y="${bottom + 34}" text-anchor="middle" fill="${colors.ink}">epoch</text>` +
    `<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle" fill="${colors.ink}">` +
    `mean trained loss of the batches</text>`
  );
}

/** From the smallest to the largest with a little room; from 0 where that costs little. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || Math.abs(high) || 1;
  const from = low >= 0 && low < span ? 0 : low - 0.05 * span;
  return [from, high + 0.05 * span];
}

/** About five round numbers between two. */
export function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function number(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '\u2212');
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
