import { MultiBar, type SingleBar } from 'cli-progress';
import { blockId } from '../experiments/block';
import type { PoolEvents } from '../experiments/pool';
import { planText, ProgressClock, type StudyProgressPlan } from '../experiments/progress-clock';
import type { TrainingProgress } from '../training/training-task';

/** Shows on stderr what a study does: live bars in a terminal, one line a finished model elsewhere. */
export interface StudyProgress {
  onPlan(plan: StudyProgressPlan): void;
  readonly events: PoolEvents;
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
  if (quiet) return { onPlan: () => undefined, events: {}, stop: () => undefined };
  return out.isTTY ? bars(out) : lines(out);
}

function lines(out: NodeJS.WriteStream): StudyProgress {
  const clock = new ProgressClock();
  const titles = new Map<string, string>();
  let last: TrainingProgress | undefined;
  let finished = 0;
  let planned = 0;
  return {
    onPlan(plan) {
      clock.plan(plan);
      planned = plan.missing.length;
      plan.blocks.forEach(({ spec, title }) => titles.set(blockId(spec), title));
      out.write(`${planText(plan)}\n`);
    },
    events: {
      onProgress(spec, _slot, progress) {
        clock.tick(spec, progress);
        last = progress;
      },
      onFinish(spec) {
        finished++;
        const loss = last === undefined ? '' : `, loss ${last.loss.toFixed(4)}`;
        const title = titles.get(blockId(spec)) ?? '';
        out.write(
          `[${finished}/${planned}] ${title}: ${spec.recipe.epochs} epochs${loss}; ${clock.text()}\n`,
        );
      },
      onRetry: (_spec, _slot, error) => void out.write(`${error.message}\nTrying that model once more.\n`),
    },
    stop: () => undefined,
  };
}

function bars(out: NodeJS.WriteStream): StudyProgress {
  const clock = new ProgressClock();
  const titles = new Map<string, string>();
  const slots: SingleBar[] = [];
  const format = '{bar} {title}  epoch {epoch}/{epochs}  loss {loss}';
  const multi = new MultiBar({
    stream: out,
    format,
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
  });
  let all: SingleBar | undefined;
  let finished = 0;
  return {
    onPlan(plan) {
      clock.plan(plan);
      plan.blocks.forEach(({ spec, title }) => titles.set(blockId(spec), title));
      out.write(`${planText(plan)}\n`);
      const total = plan.missing.length;
      if (total > 0)
        all = multi.create(total, 0, { left: '' }, { format: `{bar} {value}/{total} models  {left}` });
    },
    events: {
      onStart(spec, slot) {
        const payload = { title: titles.get(blockId(spec)), epoch: 0, epochs: spec.recipe.epochs, loss: '' };
        slots[slot] ??= multi.create(spec.recipe.epochs, 0, payload);
        slots[slot].update(0, payload);
      },
      onProgress(spec, slot, progress) {
        clock.tick(spec, progress);
        const { epoch, step, steps, loss } = progress;
        slots[slot].update(epoch - 1 + step / steps, { epoch, loss: loss.toFixed(4) });
        all?.update(finished, { left: clock.text() });
      },
      onFinish: () => all?.update(++finished, { left: clock.text() }),
      onRetry: (_spec, _slot, error) => multi.log(`${error.message}\nTrying that model once more.\n`),
    },
    stop: () => multi.stop(),
  };
}
