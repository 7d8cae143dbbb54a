import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { mmdGradient, mmdOnLogits } from '../../src/defenses/mixup-mmd';
import { expectClose } from './defended-task';
import { runFixedSteps, type FixedSteps } from './fixed-steps';

type Fixture = FixedSteps & {
  strength: number;
  points: { logits: number[][]; inference: number[][]; value: number; gradient: number[] }[];
  /** Row-major [records, features]. */
  inference: number[];
  losses: number[];
  weights: number[][];
};
const fixture = JSON.parse(readFileSync(join(__dirname, '../fixtures/defenses/mmd.json'), 'utf8')) as Fixture;

/** Protects value and gradient of MMD^2 through the softmax (make-mmd.py), and the pass through a network. */
export function mmdCases(): void {
  it.each(fixture.points.map((point) => [point.logits.length, point] as const))(
    'on %d records: value and gradient',
    async (_, { logits, inference, value, gradient }) => {
      const { tf } = await openBackend();
      tf.tidy(() => {
        const found = mmdOnLogits(tf, tf.tensor2d(logits), tf.tensor2d(inference), fixture.strength);
        // A difference of means near 1 in float32.
        expectClose(found.values.dataSync(), [value], 2e-6, 1);
        expectClose(found.logitGradient.dataSync(), gradient, 2e-5);
      });
    },
  );

  it('three steps of a network give the losses and weights of PyTorch', async () => {
    const backend = await openBackend();
    const [features] = fixture.widths;
    const found = runFixedSteps(backend, fixture, (step) => {
      const from = (step.key.step - 1) * fixture.batch * features;
      const x = backend.tf.tensor2d(fixture.inference.slice(from, from + fixture.batch * features), [
        fixture.batch,
        features,
      ]);
      const gradient = mmdGradient(step, x, fixture.strength);
      x.dispose();
      return gradient;
    });
    expectClose(found.losses, fixture.losses, 2e-6, 1);
    fixture.weights.forEach((wanted, i) => expectClose(found.weights[i], wanted, 5e-6));
  });
}
