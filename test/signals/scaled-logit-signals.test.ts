import { expect, it } from 'vitest';
import { leaveOneOut } from '../../src/attacks/leave-one-out';
import { attack } from '../../src/attacks/registry';
import { memorySignalSet, scaledLogitSignals } from '../../src/signals/memory-signal-set';
import { hingeMargins, scaledLogits } from '../../src/signals/statistics';
import { randomStream } from '../../src/platform/math/random';

const [models, n, classes] = [6, 20, 4];
const stream = randomStream({ seed: 3, role: 'evaluation', purpose: 'bootstrap' });
const logits = Array.from({ length: models }, () =>
  Float64Array.from({ length: n * classes }, () => 8 * stream.uniform() - 4),
);
const members = Array.from({ length: models }, (_, m) =>
  Uint8Array.from({ length: n }, (_unused, i) => Number((m + i) % 2 === 0)),
);
const whole = memorySignalSet({
  logits,
  labels: Int32Array.from({ length: n }, (_, i) => i % classes),
  members,
});
const rows = (values: Float64Array): Float64Array[] =>
  Array.from({ length: models }, (_, m) => values.slice(m * n, (m + 1) * n));

it('has the scaled logits that it was made of, as margins too', () => {
  const made = scaledLogitSignals(rows(scaledLogits(whole)), members);
  expect([made.models, made.n, made.classes]).toEqual([models, n, 2]);
  expect(hingeMargins(made)).toEqual(scaledLogits(whole));
  scaledLogits(made).forEach((value, i) => expect(value).toBeCloseTo(scaledLogits(whole)[i], 12));
});

it('lets LiRA score as it does on the whole outputs', () => {
  const lira = attack('lira');
  const own = leaveOneOut(scaledLogitSignals(rows(scaledLogits(whole)), members), lira, { seed: 1 });
  const other = leaveOneOut(whole, lira, { seed: 1 });
  expect(own.scores.length).toBe(other.scores.length);
  own.scores.forEach((score, i) => expect(score).toBeCloseTo(other.scores[i], 8));
});

it('refuses arrays of different lengths', () => {
  expect(() => scaledLogitSignals([new Float64Array(3)], [new Uint8Array(2)])).toThrow();
});
