import { describe, expect, it } from 'vitest';
import { posteriorFeatures } from '../../src/attacks/posterior-attacks';
import { attack } from '../../src/attacks/registry';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { aucEstimate } from '../../src/metrics/auc';
import { randomStream } from '../../src/platform/math/random';

const classes = 7;
const pairs = 60;
const stream = randomStream({ seed: 3, role: 'evaluation', purpose: 'synthetic' });

/** Records in pairs: the second has the outputs and the label of the first in another order of the classes. */
function pairedRecords(values: () => number) {
  const logits = new Float64Array(2 * pairs * classes);
  const labels = new Int32Array(2 * pairs);
  for (let i = 0; i < pairs; i++) {
    const order = stream.permutation(classes);
    const label = i % classes;
    labels.set([label, order.indexOf(label)], 2 * i);
    const row = Float64Array.from({ length: classes }, values);
    logits.set(row, 2 * i * classes);
    logits.set(
      Float64Array.from(order, (from) => row[from]),
      (2 * i + 1) * classes,
    );
  }
  const members = Uint8Array.from({ length: 2 * pairs }, (_, i) => i % 2);
  const others = members.map((_, i) => (i % 4 < 2 ? 1 : 0));
  return memorySignalSet({ labels, members: [members, others], logits: [logits, logits.slice()] });
}

const sets = {
  'spread outputs': pairedRecords(() => 12 * stream.uniform() - 6),
  'probabilities of few decimals': pairedRecords(() => Math.log(Math.ceil(10 * stream.uniform()) / 10)),
  'one class far ahead': pairedRecords(() => 200 * stream.uniform()),
};

describe.each(Object.entries(sets))('%s in another order of the classes', (_, set) => {
  it.each([
    ...(['confidence', 'max-confidence', 'entropy', 'modified-entropy', 'loss'] as const),
    ...(['scaled-logit', 'hinge', 'adaptive-hamp'] as const),
  ])('%s gives the same bits', (name) => {
    const { scores } = attack(name).scores(set);
    const [first, second] = [0, 1].map((side) => scores.filter((_, i) => i % 2 === side));
    expect(second).toEqual(first);
    expect(aucEstimate(scores, set.members[0])).toBe(0.5);
  });

  it('what attackers learn from has the same bits', () => {
    const { width, values } = posteriorFeatures(set.model(0), {
      outputs: 'log-probabilities',
      sorted: true,
      top: 10,
      label: 'none',
    });
    const row = (i: number): number[] => [...values.subarray(i * width, (i + 1) * width)];
    for (let i = 0; i < set.n; i += 2) expect(row(i + 1)).toEqual(row(i));
  });
});
