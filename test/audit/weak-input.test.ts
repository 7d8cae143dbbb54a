import { describe, expect, it } from 'vitest';
import { attack, standardAttacks } from '../../src/attacks/registry';
import { auditWith } from '../../src/audit/audit';
import { chosenAttacks } from '../../src/audit/audit-signals';
import { randomStream } from '../../src/platform/math/random';
import { noteWords, verdictWords } from '../../src/report/audit-words';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';

const known = standardAttacks.map((name) => attack(name));
// What is audited here is the input, not the attacks.
const run = (set: SignalSet, { attacks } = { attacks: known as ReturnType<typeof chosenAttacks> }) =>
  auditWith(set, { attacks, selfCheck: { passed: true, items: [] } });

describe('input that could mislead', () => {
  it('finds nothing, and does not say so, where no leak could be seen', () => {
    const tiny = (records: number): SignalSet =>
      memorySignalSet({
        labels: new Int32Array(2 * records),
        members: [Uint8Array.from({ length: 2 * records }, (_, i) => (i < records ? 1 : 0))],
        logits: [Float64Array.from({ length: 4 * records }, (_, at) => (at % 2 === 0 ? 4 - at / 9 : 0))],
      });
    for (const records of [1, 2, 3]) {
      const { result } = run(tiny(records));
      expect(result.leakTest?.detectable).toMatchObject({ auc: null, exposed: null });
      expect(result.verdict).toMatchObject({ kind: 'cannot tell', because: 'few records' });
      expect(verdictWords(result).headline).toContain('too few records');
    }
    expect(run(tiny(12)).result.verdict.kind).toBe('told apart');
  });

  it('does not call a bound what ranks worse than the plain score, for few distinct outputs', () => {
    // Two outputs: 9 of 10 members and half of the non-members are right.
    const right = Array.from({ length: 20 }, (_, i) => i < 9 || (i >= 10 && i < 15));
    const set = memorySignalSet({
      labels: Int32Array.from(right, (isRight, i) => (isRight ? i % 2 : 1 - (i % 2))),
      members: [Uint8Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0))],
      logits: [Float64Array.from({ length: 40 }, (_, at) => (at % 2 === Math.floor(at / 2) % 2 ? 2 : 0))],
    });
    const names = ['knn', 'svm', 'nn', 'logistic-regression', 'random-forest', 'privacy-risk'];
    const { result } = run(set, { attacks: [...known, ...chosenAttacks(names.join(','))] });
    const plain = result.attacks.find(({ name }) => name === 'loss')!.auc.estimate;
    expect(plain).toBeCloseTo(0.7, 12);
    for (const { fittedOn, auc } of result.attacks)
      if (fittedOn === 'target') expect(auc.estimate).toBeGreaterThanOrEqual(plain);
    expect(result.notRun.filter(({ reason }) => reason.includes('is no upper bound here'))).not.toEqual([]);
  });

  const noise = randomStream({ seed: 8, role: 'evaluation', purpose: 'noise' });
  const halves = (n: number) => [Uint8Array.from({ length: n }, (_, i) => i % 2)];

  it('says that nothing can be told apart where every record is answered alike', () => {
    const labels = Int32Array.from({ length: 200 }, () => noise.below(3));
    const alike = memorySignalSet({
      ...{ labels, members: halves(200) },
      logits: [Float64Array.from({ length: 600 }, (_, at) => at % 3)],
    });
    // The same outputs in other orders, the largest that of the label: no attack sees any difference.
    const turned = memorySignalSet({
      ...{ labels, members: halves(200) },
      logits: [
        Float64Array.from({ length: 600 }, (_, at) => (at % 3 === labels[Math.floor(at / 3)] ? 2 : 0)),
      ],
    });
    for (const set of [alike, turned]) {
      const { result } = run(set);
      expect(result.verdict).toMatchObject({ kind: 'cannot tell', because: 'same outputs' });
      expect(verdictWords(result).headline).toContain('answers every record alike');
    }
  });

  it('notes a model that knows nothing of its members, as rows in another order make it', () => {
    const labels = Int32Array.from({ length: 400 }, () => noise.below(4));
    const logits = Float64Array.from({ length: 1600 }, (_, at) =>
      at % 4 === labels[Math.floor(at / 4)] ? 1 + noise.uniform() : noise.uniform(),
    );
    const members = halves(400);
    const other = Int32Array.from(labels, (_, i) => labels[(i + 200) % 400]);
    expect(run(memorySignalSet({ labels, members, logits: [logits] })).result.notes).toEqual([]);
    const { notes } = run(memorySignalSet({ labels: other, members, logits: [logits] })).result;
    expect(notes).toMatchObject([{ code: 'no better than guessing' }]);
    expect(noteWords(notes[0])).toMatch(/right on [\d.]+ % of its members.*another order than the labels/);
  });

  it('compares no record of a class with a model that knows nothing of it, and names model, file and class', () => {
    const [n, models] = [600, 8];
    const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
    const members = Array.from({ length: models }, () => new Uint8Array(n));
    const noise = randomStream({ seed: 9, role: 'evaluation', purpose: 'noise' });
    for (let i = 0; i < n; i++) for (const m of noise.permutation(models).slice(4)) members[m][i] = 1;
    const logits = members.map((row) =>
      Float64Array.from({ length: 3 * n }, (_, at) => {
        const i = Math.floor(at / 3);
        return 2 * noise.uniform() + (at % 3 === labels[i] ? (i % 7) + 0.8 * row[i] : 0);
      }),
    );
    const whole = memorySignalSet({ labels, members, logits });
    const blind = logits.map((row, m) =>
      m === 2 ? row.map((value, at) => (at % 3 === 1 ? -200 : value)) : row,
    );
    const weak = {
      ...memorySignalSet({ labels, members, logits: blind }),
      files: [1, 7].map((models, i) => ({ name: `${i}.npz`, bytes: 1, sha256: '', models })),
    };
    const attacks = chosenAttacks(
      'lira-online/shrunken-median,lira-offline/global-median,rmia-offline/gamma-2',
    );
    const areas = [whole, weak].map((one) =>
      run(one, { attacks }).result.attacks.map(({ auc }) => auc.estimate),
    );
    areas[0].forEach((area, i) => expect(Math.abs(area - areas[1][i])).toBeLessThan(0.03));
    const { notes } = run(weak, { attacks }).result;
    expect(notes).toMatchObject([
      { code: 'unknown classes', found: [{ model: 2, file: '1.npz', label: 1, records: 200 }] },
    ]);
    expect(noteWords(notes[0])).toContain('model 2 of 1.npz, class 1 (200 records)');
  });
});
