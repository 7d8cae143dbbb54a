import { MultiBar, type SingleBar } from 'cli-progress';
import type { ExecutorEvents } from '../../experiments/executors/executor';
import { planText, ProgressClock, type StudyProgressPlan } from '../../experiments/progress';
import type { StudyResult } from '../../experiments/study-result';
import { lastEpoch } from '../../training/recipe';
import { lossText, paceText, recordsText } from '../../training/progress';
import type { TrainingProgress } from '../../training/task';

/** Shows on stderr what a study does: live bars in a terminal, one line a finished model elsewhere. */
export interface StudyProgress {
  onPlan(plan: StudyProgressPlan): void;
  readonly events: ExecutorEvents;
  /** First numbers of a defense and seed, long before the table; nothing if it was in the store. */
  onUnit(result: StudyResult): void;
  /** Puts the terminal back in order; call it also after a failure. */
  stop(): void;
}

/** @param quiet show nothing (`--json`) */
export function studyProgress({
  quiet,
  out = process.stderr,
}: {
  quiet: boolean;
  out?: NodeJS.WriteStream;
}): StudyProgress {
  if (quiet) return { onPlan: () => undefined, events: {}, onUnit: () => undefined, stop: () => undefined };
  return out.isTTY ? bars(out) : lines(out);
}

function lines(out: NodeJS.WriteStream): StudyProgress {
  const clock = new ProgressClock();
  const latest = new Map<string, TrainingProgress>();
  return {
    onPlan(plan) {
      clock.plan(plan);
      out.write(`${planText(plan)}\n`);
    },
    events: {
      onProgress(block, _place, progress) {
        clock.tick(block, progress);
        latest.set(block.id, progress);
      },
      onFinish(block) {
        clock.finish(block);
        const last = latest.get(block.id);
        latest.delete(block.id);
        const loss =
          last === undefined ? '' : `, loss ${lossText(last.loss)}, ${recordsText(last.recordsPerSecond)}`;
        out.write(
          `[${clock.finished}/${clock.planned}] ${block.title}: ${lastEpoch(block.spec.recipe)} epochs${loss}; ${clock.text()}\n`,
        );
      },
      onRetry: ({ title }, _place, error) =>
        void out.write(`${title}: ${error.message}\nTrying it once more.\n`),
      onFail: ({ title }, _place, error) => void out.write(`FAILED ${title}: ${error.message}\n`),
    },
    onUnit: (result) => void out.write(unitText(result)),
    stop: () => undefined,
  };
}

function unitText({ blocks, defenses: [{ label, runs }] }: StudyResult): string {
  if (blocks.trained === 0) return '';
  const [{ seed, trainAccuracy, testAccuracy, lossAttack }] = runs;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `${label}, seed ${seed}: right on ${percent(trainAccuracy)} of its members and ${percent(testAccuracy)} of others; advantage of the loss attack ${lossAttack.advantage.toFixed(3)}\n`;
}

function bars(out: NodeJS.WriteStream): StudyProgress {
  const clock = new ProgressClock();
  const slots: SingleBar[] = [];
  const format = '{bar} {title}  epoch {epoch}/{epochs}  loss {loss}  {pace}';
  const multi = new MultiBar({
    stream: out,
    format,
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
  });
  let all: SingleBar | undefined;
  return {
    onPlan(plan) {
      clock.plan(plan);
      out.write(`${planText(plan)}\n`);
      const total = clock.planned;
      if (total > 0)
        all = multi.create(total, 0, { left: '' }, { format: `{bar} {value}/{total} models  {left}` });
    },
    events: {
      onStart({ title, spec }, slot) {
        const epochs = lastEpoch(spec.recipe);
        const payload = { title, epoch: 0, epochs, loss: '', pace: '' };
        slots[slot] ??= multi.create(epochs, 0, payload);
        slots[slot].update(0, payload);
      },
      onProgress(block, slot, progress) {
        clock.tick(block, progress);
        const { epoch, step, steps, loss } = progress;
        slots[slot].update(epoch - 1 + step / steps, {
          epoch,
          loss: loss.toFixed(4),
          pace: paceText(progress),
        });
        all?.update(clock.finished, { left: clock.text() });
      },
      onFinish(block) {
        clock.finish(block);
        all?.update(clock.finished, { left: clock.text() });
      },
      onRetry: ({ title }, _place, error) => multi.log(`${title}: ${error.message}\nTrying it once more.\n`),
      onFail: ({ title }, _place, error) => multi.log(`FAILED ${title}: ${error.message}\n`),
    },
    onUnit: (result) => multi.log(unitText(result)),
    stop: () => multi.stop(),
  };
}
