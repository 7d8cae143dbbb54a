import { progressBundle } from '../platform/progress/live-training';
import type { RunningCell } from '../running-cell';
import { durationText } from '../training/progress';
import { lastEpoch } from '../training/recipe';
import type { TrainingProgress } from '../training/task';
import type { ExecutorEvents } from './executors/executor';
import type { PlannedBlock } from './plan';

/** All blocks of a study, and those that must be trained. */
export interface StudyProgressPlan {
  readonly blocks: readonly PlannedBlock[];
  readonly missing: readonly PlannedBlock[];
}

/** Counts models and their epochs over all of a study, and says how long the rest will take. */
export class ProgressClock {
  /** Models to train. */
  planned = 0;
  /** Models of finished blocks. */
  finished = 0;
  private readonly start = performance.now();
  private readonly done = new Map<string, number>();
  private total = 0;

  plan({ missing }: StudyProgressPlan): void {
    this.planned = modelCount(missing);
    this.total = missing.reduce((sum, block) => sum + epochsOf(block), 0);
  }

  tick(block: PlannedBlock, { epoch, step, steps }: TrainingProgress): void {
    this.done.set(block.id, (epoch - 1 + step / steps) * block.spec.models.length);
  }

  finish({ spec: { models } }: PlannedBlock): void {
    this.finished += models.length;
  }

  /** How much of the epochs is done, in [0, 1]. */
  share(): number {
    return this.total === 0 ? 1 : Math.min(1, this.epochsDone() / this.total);
  }

  private epochsDone(): number {
    return [...this.done.values()].reduce((sum, epochs) => sum + epochs, 0);
  }

  /** Seconds, or null before anything is known. */
  left(): number | null {
    const done = this.epochsDone();
    if (done < 1) return null;
    return ((performance.now() - this.start) / 1000 / done) * (this.total - done);
  }

  text(): string {
    const left = this.left();
    return left === null ? '' : `${durationText(left)} left`;
  }
}

/** Epochs of all models of a block. */
function epochsOf({ spec: { recipe, models } }: PlannedBlock): number {
  return lastEpoch(recipe) * models.length;
}

/** Models of blocks. */
export function modelCount(blocks: readonly PlannedBlock[]): number {
  return blocks.reduce((sum, { spec }) => sum + spec.models.length, 0);
}

/** The first line that a person sees. */
export function planText({ blocks, missing }: StudyProgressPlan): string {
  const wanted = blocks.filter(({ spec }) => spec.part === null);
  const all = modelCount(wanted);
  if (missing.length === 0) return `All ${all} models are in the store: nothing to train.`;
  const trained = modelCount(missing);
  const kept = all - modelCount(missing.filter(({ spec }) => spec.part === null));
  return `Training ${trained} models${kept > 0 ? ` (${kept} more are in the store)` : ''}; Ctrl-C keeps what is finished.`;
}

/** Progress of a study as a line and a bar in a notebook cell's output, redrawn at most twice a second. */
export function cellProgress(cell: RunningCell): {
  onPlan(plan: StudyProgressPlan): void;
  events: ExecutorEvents;
} {
  const { signal } = cell;
  const clock = new ProgressClock();
  const handle = cell.display(progressBundle({ text: 'Starting the workers', share: 0, over: undefined }));
  let last = 0;
  const show = (text: string, over?: 'done' | 'stopped'): void =>
    handle.update(progressBundle({ text, share: over === 'done' ? 1 : clock.share(), over }));
  signal.addEventListener(
    'abort',
    () =>
      clock.finished < clock.planned &&
      show(`Interrupted; ${clock.finished} of ${clock.planned} models trained and kept.`, 'stopped'),
    { once: true },
  );
  return {
    onPlan(plan) {
      clock.plan(plan);
      show(planText(plan), clock.planned === 0 ? 'done' : undefined);
    },
    events: {
      onProgress(block, _place, progress) {
        clock.tick(block, progress);
        if (signal.aborted || performance.now() - last < 500) return;
        last = performance.now();
        const { epoch, epochs, loss } = progress;
        show(
          `${clock.finished} of ${clock.planned} models trained; ${block.title}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}; ${clock.text()}`,
        );
      },
      onFinish(block) {
        clock.finish(block);
        if (clock.finished === clock.planned) show(`${clock.planned} models trained.`, 'done');
      },
    },
  };
}
