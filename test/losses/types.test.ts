import { expect, it } from 'vitest';
import type { ProbabilityLoss } from '../../src/losses/loss';
import { loss } from '../../src/losses/registry';

/** Never called: `tsc --noEmit` is the test, and fails where an expected error is missing. */
export function mustNotCompile(): void {
  // @ts-expect-error a wrong option
  loss('ccel', { gama: 1 });
  // @ts-expect-error an option of another loss
  loss('ce', { alpha: 0.5 });
  // @ts-expect-error a wrong type
  loss('ccel', { alpha: '0.5' });
  // @ts-expect-error a wrong name
  loss('ccell');
  // @ts-expect-error a loss of all logits has no slope in p
  void loss('label-smoothing', { epsilon: 0.1 }).slope;
  // @ts-expect-error nor a value at p
  loss('confidence-penalty').value(0.5);
  // @ts-expect-error nor has a loss of a batch
  void loss('flooding').weight;
  // @ts-expect-error and it is no loss of kind p
  const wrong: ProbabilityLoss = loss('logit-norm');
  void wrong;
  // @ts-expect-error an unknown part
  loss('convex-concave', { convex: 'label-smoothing' });
  // @ts-expect-error an option that the named part lacks
  loss('convex-concave', { convex: 'focal', 'convex.alpha': 1 });
  // @ts-expect-error an option of a part that is not chosen
  loss('convex-concave', { 'convex.gamma': 1 });
}

it('what must compile does, and runs', () => {
  const right: ProbabilityLoss[] = [
    loss('ccel', { alpha: 0.5 }),
    loss('convex-concave', {
      convex: 'focal',
      'convex.gamma': 1,
      concave: 'concave-log',
      'concave.gamma': 2,
    }),
    loss('convex-concave', { 'concave.scale': 2, alpha: 0.1, beta: 2 }),
  ];
  expect(right.map(({ kind }) => kind)).toEqual(['p', 'p', 'p']);
  const several = (['ce', 'ccel'] as const).map((name) => loss(name).slope(0.5));
  expect(several[0]).toBe(-2);
  expect(mustNotCompile).toThrow();
});
