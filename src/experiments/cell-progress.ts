import { progressBundle } from '../platform/progress/live-training';
import type { RunningCell } from '../running-cell';
import type { ExecutorEvents } from './executors/executor';
import { planText, ProgressClock, type StudyProgressPlan } from './progress-clock';

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
        if (signal.aborted || Date.now() - last < 500) return;
        last = Date.now();
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
