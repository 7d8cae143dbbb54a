import { describe, expect, it } from 'vitest';
import { selectOnShadows } from '../../src/experiments/compare';
import { shadowNumbers } from '../../src/experiments/run-analysis';
import type { RunResult, ShadowNumbers } from '../../src/experiments/study-result';
import { memorizing } from './memorizing-models';

function method(key: string, name: string, shadows: (ShadowNumbers | null)[]) {
  // Numbers of the target that would turn every choice around if they were looked at.
  const runs = shadows.map(
    (numbers, seed) => ({ seed, testAccuracy: 1, p1: 1, shadows: numbers }) as unknown as RunResult,
  );
  return { key, name, runs };
}
const numbers = (testAccuracy: number, advantage: number, p1: number): ShadowNumbers => ({
  testAccuracy,
  advantage,
  p1,
});
const methods = [
  method('ce', 'ce', [numbers(0.6, 0.5, 0.55)]),
  method('ccel alpha=0.3', 'ccel', [numbers(0.5, 0.1, 0.6), numbers(0.4, 0.1, 0.6)]),
  method('ccel alpha=0.5', 'ccel', [numbers(0.6, 0.3, 0.7), numbers(0.5, 0.2, 0.7)]),
];

describe('selectOnShadows', () => {
  it('takes the best of each family that has a choice, by the means of its shadow models', () => {
    const [selection, ...none] = selectOnShadows(methods);
    expect(none).toEqual([]);
    expect(selection).toMatchObject({ name: 'ccel', chosen: 'ccel alpha=0.5' });
    expect(selection.candidates[0].testAccuracy).toBeCloseTo(0.45, 12);
  });

  it('counts the seeds that all methods of a family have', () => {
    const more = method('ccel alpha=0.7', 'ccel', [numbers(0.6, 0.5, 0.65)]);
    const [{ candidates, chosen }] = selectOnShadows([...methods, more]);
    expect(candidates.map(({ testAccuracy }) => testAccuracy)).toEqual([0.5, 0.6, 0.6]);
    expect(chosen).toBe('ccel alpha=0.5');
    const none = { ...more, runs: [] };
    expect(selectOnShadows([...methods, none])).toEqual([]);
  });

  it('takes the smallest advantage among those that are accurate enough, or none', () => {
    const chosen = (accuracyAtLeast: number): string | null =>
      selectOnShadows(methods, { by: 'advantage', accuracyAtLeast })[0].chosen;
    expect([chosen(0.4), chosen(0.5), chosen(0.9)]).toEqual(['ccel alpha=0.3', 'ccel alpha=0.5', null]);
    expect(() => chosen(2)).toThrow(/accuracyAtLeast is 2, but must be in \[0, 1\]/);
  });

  it('refuses shadow models that were trained otherwise than the targets', () => {
    const foreign = ['a', 'b'].map((key) => method(key, 'x', [null]));
    expect(() => selectOnShadows(foreign)).toThrow(/nothing can be chosen on them/);
  });
});

describe('shadowNumbers', () => {
  it.each([1, 3])(
    'tells %i shadow models that know their members by heart from those that do not',
    (count) => {
      const leaky = shadowNumbers(Array.from({ length: count }, (_, i) => memorizing(i, 8)));
      const tight = shadowNumbers(Array.from({ length: count }, (_, i) => memorizing(i, 0)));
      expect(leaky.advantage).toBeGreaterThan(0.8);
      expect(Math.abs(tight.advantage)).toBeLessThan(0.25);
      expect(leaky.p1).toBeCloseTo(
        (2 * leaky.testAccuracy * (1 - leaky.advantage)) / (leaky.testAccuracy + 1 - leaky.advantage),
        12,
      );
    },
  );
});
