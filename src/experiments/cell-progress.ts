import type { RunningCell } from '../running-cell';
import type { ExecutorEvents } from './executor';
import { planText, ProgressClock, type StudyProgressPlan } from './progress-clock';

/** Progress of a study as one line in a notebook cell's output, redrawn at most twice a second. */
export function cellProgress(cell: RunningCell): {
  onPlan(plan: StudyProgressPlan): void;
  events: ExecutorEvents;
} {
  const clock = new ProgressClock();
  const handle = cell.display({ 'text/plain': 'Starting the workers' });
  let planned = 0;
  let finished = 0;
  let last = 0;
  const show = (text: string): void => handle.update({ 'text/plain': text });
  return {
    onPlan(plan) {
      clock.plan(plan);
      planned = plan.missing.length;
      show(planText(plan));
    },
    events: {
      onProgress(block, _place, progress) {
        clock.tick(block, progress);
        if (Date.now() - last < 500) return;
        last = Date.now();
        const { epoch, epochs, loss } = progress;
        show(
          `${finished} of ${planned} models trained; ${block.title}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}; ${clock.text()}`,
        );
      },
      onFinish() {
        finished++;
        if (finished === planned) show(`${planned} models trained.`);
      },
    },
  };
}
