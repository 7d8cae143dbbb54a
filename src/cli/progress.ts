import { MultiBar, type SingleBar } from 'cli-progress';
import { blockId, type BlockSpec } from '../experiments/block';
import type { PoolEvents } from '../experiments/pool';
import type { RunStudyOptions } from '../experiments/run-study';
import type { TrainingProgress } from '../training/training-task';

type Plan = Parameters<NonNullable<RunStudyOptions['onPlan']>>[0];

/** Shows on stderr what a study does: live bars in a terminal, one line a finished model elsewhere. */
export interface StudyProgress {
  onPlan(plan: Plan): void;
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

/** Counts epochs over all models of a study and says how long the rest will take. */
class Clock {
  private readonly start = Date.now();
  private readonly done = new Map<string, number>();
  private total = 0;

  plan({ missing }: Plan): void {
    this.total = missing.reduce((sum, { recipe }) => sum + recipe.epochs, 0);
  }

  tick(spec: BlockSpec, { epoch, step, steps }: TrainingProgress): void {
    this.done.set(blockId(spec), epoch - 1 + step / steps);
  }

  /** Seconds, or null before anything is known. */
  left(): number | null {
    const done = [...this.done.values()].reduce((sum, epochs) => sum + epochs, 0);
    if (done < 1) return null;
    return ((Date.now() - this.start) / 1000 / done) * (this.total - done);
  }

  text(): string {
    const left = this.left();
    if (left === null) return '';
    const seconds = Math.round(left);
    return seconds < 60 ? `${seconds} s left` : `${Math.floor(seconds / 60)} min ${seconds % 60} s left`;
  }
}

function planText({ blocks, missing }: Plan): string {
  const kept = blocks.length - missing.length;
  if (missing.length === 0) return `All ${blocks.length} models are in the store: nothing to train.`;
  return `Training ${missing.length} models${kept > 0 ? ` (${kept} more are in the store)` : ''}; Ctrl-C keeps what is finished.`;
}

function lines(out: NodeJS.WriteStream): StudyProgress {
  const clock = new Clock();
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
  const clock = new Clock();
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
