import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paretoFront, type TradeOff } from '../../src/figures/plane-data';

const point = fc.record({ cost: fc.integer({ min: 0, max: 9 }), gain: fc.integer({ min: 0, max: 9 }) });

/** a is at least as good in both and better in one. */
function beats(a: TradeOff, b: TradeOff): boolean {
  return a.cost <= b.cost && a.gain >= b.gain && (a.cost < b.cost || a.gain > b.gain);
}

test('the front is exactly the points that no other point beats, in order of cost', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 30 }), (points) => {
      const expected = points.flatMap((own, i) => (points.some((other) => beats(other, own)) ? [] : [i]));
      const front = paretoFront(points);
      expect([...front].sort((a, b) => a - b)).toEqual(expected);
      const costs = front.map((i) => points[i].cost);
      expect(costs).toEqual([...costs].sort((a, b) => a - b));
    }),
  );
});

test('by hand: a cheap one, a good one, one that costs more and gives less', () => {
  const points = [
    { cost: 0.6, gain: 0.57 },
    { cost: 0.2, gain: 0.5 },
    { cost: 0.7, gain: 0.56 },
  ];
  expect(paretoFront(points)).toEqual([1, 0]);
  expect(paretoFront([])).toEqual([]);
});
