import type { RunningCell } from '../running-cell';
import { blockId } from './block';
import type { PoolEvents } from './pool';
import { planText, ProgressClock, type StudyProgressPlan } from './progress-clock';

/** Progress of a study as one line in a notebook cell's output, redrawn at most twice a second. */
export function cellProgress(cell: RunningCell): {
  onPlan(plan: StudyProgressPlan): void;
  events: PoolEvents;
} {
  const clock = new ProgressClock();
  const titles = new Map<string, string>();
  const handle = cell.display({ 'text/plain': 'Starting the workers' });
  let planned = 0;
  let finished = 0;
  let last = 0;
  const show = (text: string): void => handle.update({ 'text/plain': text });
  return {
    onPlan(plan) {
      clock.plan(plan);
      planned = plan.missing.length;
      plan.blocks.forEach(({ spec, title }) => titles.set(blockId(spec), title));
      show(planText(plan));
    },
    events: {
      onProgress(spec, _slot, progress) {
        clock.tick(spec, progress);
        if (Date.now() - last < 500) return;
        last = Date.now();
        const { epoch, epochs, loss } = progress;
        const title = titles.get(blockId(spec)) ?? '';
        show(
          `${finished} of ${planned} models trained; ${title}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}; ${clock.text()}`,
        );
      },
      onFinish() {
        finished++;
        if (finished === planned) show(`${planned} models trained.`);
      },
    },
  };
}
