import { describe, expect, it } from 'vitest';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { hopSkipJump } from '../../src/attacks/boundary';
import type { LabelQuery } from '../../src/attacks/label-query';
import { attack } from '../../src/attacks/registry';
import { randomStream } from '../../src/platform/math/random';
import { aucEstimate } from '../../src/metrics/auc';

const d = 6;
const options = { rounds: 12, firstQueries: 60, mostQueries: 400, starts: 50, lowest: -5, highest: 5 };
const stream = () => randomStream({ seed: 4, role: 'evaluation', purpose: 'noise' });

/** Classes by rows. */
const rowsOf =
  (label: (row: Float32Array) => number): LabelQuery =>
  (x) =>
    Int32Array.from({ length: x.length / d }, (_, i) => label(x.subarray(i * d, (i + 1) * d)));

const w = [3, -1, 2, 0.5, -2, 1];
const dot = (row: Float32Array): number => row.reduce((sum, value, j) => sum + w[j] * value, 0);
const plane = rowsOf((row) => (dot(row) > 0 ? 1 : 0));

describe('HopSkipJump', () => {
  it('finds the distance to a plane within 5 %', () => {
    const x = Float32Array.of(0.5, -0.2, 0.4, 1, -0.3, 0.2);
    const right = dot(x) / Math.sqrt(w.reduce((sum, v) => sum + v * v, 0));
    const found = hopSkipJump(plane, x, 1, options, stream());
    expect(found).toBeGreaterThanOrEqual(right * 0.999);
    expect(found).toBeLessThan(right * 1.05);
  });

  it('finds the distance to a sphere from inside', () => {
    const ball = rowsOf((row) => (row.reduce((sum, v) => sum + v * v, 0) < 4 ? 1 : 0));
    const found = hopSkipJump(ball, Float32Array.of(1, 0, 0, 0, 0, 0), 1, options, stream());
    expect(found).toBeGreaterThanOrEqual(0.999);
    expect(found).toBeLessThan(1.1);
  });

  it('is 0 where the input is misclassified, infinite where nothing is', () => {
    const x = new Float32Array(d).fill(0.5);
    expect(hopSkipJump(plane, x, 0, options, stream())).toBe(0);
    expect(
      hopSkipJump(
        rowsOf(() => 1),
        x,
        1,
        options,
        stream(),
      ),
    ).toBe(Infinity);
  });
});

/** A model that surrounds each member by a wide region of its class and each non-member by a narrow one. */
function guarded(seed: number) {
  const n = 24;
  const noise = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
  const x = Float32Array.from({ length: n * d }, () => 8 * noise.uniform() - 4);
  const members = Uint8Array.from({ length: n }, (_, i) => i % 2);
  const labels = new Int32Array(n).fill(1);
  const query = rowsOf((row) => {
    for (let i = 0; i < n; i++) {
      let squares = 0;
      for (let j = 0; j < d; j++) squares += (row[j] - x[i * d + j]) ** 2;
      if (squares < (members[i] === 1 ? 1.2 : 0.3) ** 2) return 1;
    }
    return 0;
  });
  return { n, x, members, labels, query };
}

const target = guarded(1);
const shadow = guarded(2);
const set = memorySignalSet({
  labels: target.labels,
  members: [target.members, shadow.members],
  logits: [0, 1].map(() => new Float64Array(target.n * 2)),
});
const asked = {
  query: target.query,
  x: target.x,
  shadow: { query: shadow.query, x: shadow.x, model: 1 },
  lowest: -5,
  highest: 5,
};
const context = { seed: 1 };

describe('label-only attacks', () => {
  it.each([
    ['boundary', { rounds: 5, firstQueries: 20 }],
    ['random-noise', { levels: [0.1, 0.3], copies: 25 }],
  ] as const)('%s tells members by labels alone; the shadow model sets the cut', (name, more) => {
    const made = attack(name, { ...asked, ...more });
    expect(made.needs).toEqual([]);
    const { scores, cuts } = made.scores(set, context);
    expect(aucEstimate(scores, target.members)).toBeGreaterThan(0.98);
    const decided = Uint8Array.from(scores, (score, i) => (score >= cuts![i] ? 1 : 0));
    expect(decided.filter((flag, i) => flag === target.members[i]).length).toBeGreaterThan(21);
  });

  it.each(['boundary', 'random-noise'] as const)(
    '%s: order of the records, repetition, some records only',
    (name) => {
      const straight = attack(name, { ...asked, shadow: undefined }).scores(set, context);
      expect(attack(name, { ...asked, shadow: undefined }).scores(set, context)).toEqual(straight);
      const order = Array.from({ length: set.n }, (_, i) => set.n - 1 - i);
      const x = Float32Array.from(
        { length: set.n * d },
        (_, at) => target.x[order[Math.floor(at / d)] * d + (at % d)],
      );
      const back = memorySignalSet({
        labels: target.labels,
        members: [Uint8Array.from(order, (i) => target.members[i])],
        logits: [new Float64Array(set.n * 2)],
      });
      const found = attack(name, { ...asked, x, shadow: undefined }).scores(back, context);
      order.forEach((from, to) => expect(found.scores[to]).toBe(straight.scores[from]));
      const few = attack(name, { ...asked, shadow: undefined, records: [3, 7] }).scores(set, context);
      expect(Array.from(few.usable!.keys()).filter((i) => few.usable![i] === 1)).toEqual([3, 7]);
      expect(few.scores[7]).toBe(straight.scores[7]);
    },
  );

  it('bits are flipped at the level asked', () => {
    const seen: number[] = [];
    const query: LabelQuery = (rows) => {
      rows.forEach((value) => seen.push(value));
      return new Int32Array(rows.length / d);
    };
    const bits = Float32Array.from({ length: set.n * d }, (_, i) => i % 2);
    attack('random-noise', {
      query,
      x: bits,
      noise: 'flip',
      levels: [0.25],
      copies: 400,
      records: [0],
    }).scores(set, context);
    const flipped = seen.slice(d).filter((value, at) => value !== (at % d) % 2);
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    // Binomial with 2,400 draws: the deviation of the share is .009.
    expect(Math.abs(flipped.length / 2400 - 0.25)).toBeLessThan(0.04);
  });

  it('says what is missing or wrong', () => {
    expect(attack('boundary').needs).toEqual(['query']);
    expect(() => attack('boundary').scores(set, context)).toThrow(/query is undefined/);
    const short: LabelQuery = () => new Int32Array(3);
    expect(() => attack('boundary', { ...asked, query: short }).scores(set, context)).toThrow(
      /number of labels that query gave is 3, but was asked for 1/,
    );
    const soft: LabelQuery = (x) => new Float64Array(x.length / d).fill(0.5);
    expect(() => attack('random-noise', { ...asked, query: soft }).scores(set, context)).toThrow(
      /must be a class/,
    );
    expect(() => attack('boundary', { ...asked, records: [99] }).scores(set, context)).toThrow(
      /records is 99/,
    );
    const signal = AbortSignal.abort();
    expect(() => attack('boundary', asked).scores(set, { seed: 1, signal })).toThrow(/interrupted/);
  });
});
