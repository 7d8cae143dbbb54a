import type { TrainingProgress } from '../training/training-task';
import { blockId, type BlockSpec } from './block';

/** All blocks of a study with a title each, and those that the store lacks. */
export interface StudyProgressPlan {
  readonly blocks: readonly { readonly spec: BlockSpec; readonly title: string }[];
  readonly missing: readonly BlockSpec[];
}

/** Counts epochs over all models of a study and says how long the rest will take. */
export class ProgressClock {
  private readonly start = Date.now();
  private readonly done = new Map<string, number>();
  private total = 0;

  plan({ missing }: StudyProgressPlan): void {
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

/** The first line that a person sees. */
export function planText({ blocks, missing }: StudyProgressPlan): string {
  const kept = blocks.length - missing.length;
  if (missing.length === 0) return `All ${blocks.length} models are in the store: nothing to train.`;
  return `Training ${missing.length} models${kept > 0 ? ` (${kept} more are in the store)` : ''}; Ctrl-C keeps what is finished.`;
}
