import { describe, expect, it } from 'vitest';
import { leaveOneOut, pooledTable } from '../../src/attacks/leave-one-out';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { attack } from '../../src/attacks/registry';
import { aucEstimate } from '../../src/metrics/auc';
import { pooledOverModels } from '../../src/metrics/pooled-over-models';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';
import { withTarget } from '../../src/signals/statistics';
import { attackNoteWords } from '../../src/wording';

const context = { seed: 1 };

/** Counts how often each model is read. */
function counted(set: SignalSet): { set: SignalSet; reads: number[] } {
  const reads = new Array<number>(set.models).fill(0);
  const model = (m: number) => {
    reads[m]++;
    return set.model(m);
  };
  return { set: { ...set, model }, reads };
}

describe('leave-one-out over models', () => {
  const set = memorizingSet(1);

  it('scores each model as the target of all others, exactly as if it were alone', () => {
    const lira = attack('lira', { variance: 'global' });
    const found = leaveOneOut(set, lira, context);
    expect(found.scores.length).toBe(set.models * set.n);
    for (const model of [0, 5, set.models - 1]) {
      const fresh = memorySignalSet({
        labels: set.labels,
        members: set.members,
        logits: Array.from({ length: set.models }, (_, m) => set.model(m).logits),
        target: model,
      });
      const pairs = Array.from(found.models.keys()).filter((at) => found.models[at] === model);
      expect(pairs.map((at) => found.records[at])).toEqual(Array.from(set.labels.keys()));
      expect(pairs.map((at) => found.scores[at])).toEqual(Array.from(lira.scores(fresh, context).scores));
      expect(pairs.map((at) => found.members[at])).toEqual(Array.from(set.members[model]));
    }
    expect(aucEstimate(found.scores, found.members)).toBeGreaterThan(0.99);
  });

  it('reads every model once, whatever the number of targets', () => {
    const { set: watched, reads } = counted(set);
    leaveOneOut(watched, attack('rmia'), context);
    expect(reads).toEqual(new Array(set.models).fill(1));
  });

  it('leaves out pairs without a score and gives a table for intervals over models', () => {
    const members = [
      [0, 0, 0, 1],
      [0, 1, 0, 0],
      [1, 0, 1, 0],
      [0, 1, 1, 1],
      [0, 1, 1, 0],
      [0, 0, 1, 1],
    ];
    const poor = memorySignalSet({
      labels: [0, 1, 0, 1],
      members,
      logits: members.map((row, m) =>
        Float64Array.from(row.flatMap((flag, i) => (i % 2 === 0 ? [flag + m / 10, 0] : [0, flag + m / 7]))),
      ),
    });
    const found = leaveOneOut(poor, attack('lira', { variance: 'global' }), context);
    // Record 0 is in model 2 alone, which has then no in-model left.
    expect(found.scores.length).toBe(23);
    expect(found.notes.map(attackNoteWords).join()).toContain('1 of 24 pairs');
    const table = pooledTable(found, poor);
    expect(table.scores.map((row) => row.length)).toEqual(new Array(6).fill(3));
    expect(pooledOverModels(table, [0.1], { resamples: 999 }).auc.estimate).toBeGreaterThan(0.5);
  });

  it('refuses what cannot be pooled', () => {
    expect(() => leaveOneOut(set, attack('loss-trajectory'), context)).toThrow(/fitted on the target/);
    expect(() => withTarget(set, set.models)).toThrow(/must be in 0/);
    const stopped = new AbortController();
    stopped.abort();
    expect(() => leaveOneOut(set, attack('loss'), { ...context, signal: stopped.signal })).toThrow(
      /interrupted before model 0/,
    );
  });

  it('another target has no gradient norms and no trajectory of the first', () => {
    const other = withTarget(set, 1);
    expect(set.trajectory).toBeDefined();
    expect(other.trajectory).toBeUndefined();
    expect(other.gradientNorms).toBeUndefined();
    expect(withTarget(set, set.target)).toBe(set);
  });
});
