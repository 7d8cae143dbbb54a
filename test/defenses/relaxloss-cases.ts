import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { defense } from '../../src/defenses/registry';
import { expectClose, objectiveOn } from './defended-task';

interface Fixture {
  logits: number[][];
  labels: number[];
  cases: {
    epoch: number;
    options: { target: number; upper: number; flattening: 'images' | 'tables' };
    regime: string;
    value: number;
    gradient: number[];
  }[];
}

/** What PyTorch computes in float64 (make-relaxloss.py). */
export const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/defenses/relaxloss.json'), 'utf8'),
) as Fixture;

/** Protects value and gradient in every regime, the gradient through the soft targets included. */
export function relaxLossCases(): void {
  it.each(fixture.cases.map((each) => [`${each.regime} ${JSON.stringify(each.options)}`, each] as const))(
    '%s',
    async (_, { epoch, options, value, gradient }) => {
      const { logits, labels } = fixture;
      const found = await objectiveOn(await openBackend(), defense('relaxloss', options), {
        logits,
        labels,
        epoch,
      });
      expectClose([found.value], [value], 2e-6, 1);
      expectClose(found.gradient, gradient);
    },
  );

  it('covers all regimes', () => {
    expect([...new Set(fixture.cases.map(({ regime }) => regime))].sort()).toEqual([
      'ascent',
      'descent',
      'flattening',
      'plain',
    ]);
  });
}
