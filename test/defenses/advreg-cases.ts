import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, expect } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import type { Tensor2D, TensorFlow } from '../../src/platform/backend/tensor';
import {
  attackerGradient,
  type AttackForm,
  attackForms,
  membershipNetwork,
  membershipPenalty,
} from '../../src/defenses/membership-attacker';
import { loss } from '../../src/losses/registry';
import { toTensors } from '../../src/models/network';
import { toTorch } from '../../src/models/weights-file';
import { lossGradient } from '../../src/training/batch-loss';
import { hashedWeights, summary } from '../models/hashed-weights';
import { expectClose } from './defended-task';

interface Fixture {
  logits: number[][];
  labels: number[];
  isMember: number[];
  strength: number;
  forms: Record<
    AttackForm,
    {
      attack: { loss: number; gradients: Record<string, [number, number]> };
      value: number;
      gradient: number[];
    }
  >;
}
const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/defenses/advreg.json'), 'utf8'),
) as Fixture;
const classes = fixture.logits[0].length;

const batchOf = (tf: TensorFlow): { z: Tensor2D; oneHot: Tensor2D } => ({
  z: tf.tensor2d(fixture.logits),
  oneHot: tf.oneHot(tf.tensor1d(fixture.labels, 'int32'), classes).toFloat() as Tensor2D,
});

/** Protects both attack networks, their losses and gradients, and the penalty of the attacked network (make-advreg.py). */
export function advregCases(): void {
  it.each(attackForms)('%s: loss and gradient of the attack network', async (form) => {
    const { tf } = await openBackend();
    const network = membershipNetwork(form, classes);
    const { loss: value, gradients } = fixture.forms[form].attack;
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = toTensors(tf, network, hashedWeights(network));
      const isMember = tf.tensor1d(fixture.isMember);
      const found = attackerGradient(tf, form, network, tensors, batchOf(tf), isMember);
      expectClose([found.values.mean().dataSync()[0]], [value]);
      expect(network.parameters.map(({ name }) => name)).toEqual(Object.keys(gradients));
      network.parameters.forEach((info, i) => {
        const [length, product] = summary(
          info.name,
          toTorch(info, found.gradients[i].dataSync() as Float32Array),
        );
        expect(Math.abs(length / gradients[info.name][0] - 1)).toBeLessThan(1e-4);
        expect(Math.abs(product - gradients[info.name][1])).toBeLessThan(1e-4 * gradients[info.name][0]);
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(attackForms)('%s: the loss of the attacked network and its logit gradient', async (form) => {
    const { tf } = await openBackend();
    const network = membershipNetwork(form, classes);
    const { value, gradient } = fixture.forms[form];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = toTensors(tf, network, hashedWeights(network));
      const batch = batchOf(tf);
      const plain = lossGradient(tf, loss('ce'), batch.z, batch.oneHot);
      const penalty = membershipPenalty(tf, form, network, tensors, batch, fixture.strength);
      expectClose([plain.values.mean().add(penalty.value).dataSync()[0]], [value]);
      expectClose(plain.logitGradient.add(penalty.logitGradient).dataSync(), gradient, 1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
}
