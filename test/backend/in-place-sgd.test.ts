import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { InPlaceSgd, type SgdSettings } from '../../src/platform/backend/in-place-sgd';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { randomStream } from '../../src/platform/math/random';
import { updateWeight } from '../../src/training/optimizer';

describe.skipIf(!nativeIsBuilt())('SGD in place', () => {
  it.each<[string, Partial<SgdSettings>]>([
    ['momentum', {}],
    ['Nesterov', { nesterov: true }],
    ['Nesterov without decay', { nesterov: true, weightDecay: 0 }],
    ['no momentum', { momentum: 0 }],
    ['no decay', { weightDecay: 0 }],
  ])(
    '%s: five updates with a falling rate have the bits of updateWeight, folded ones its digits',
    async (_, changes) => {
      const { tf } = await openBackend();
      const before = tf.memory().numTensors;
      const { uniform } = randomStream({ seed: 1, role: 'data', purpose: 'synthetic' });
      // An odd size, so that whole vectors and what is left over of them are both looked at.
      const random = () =>
        tf.tensor2d(
          Float32Array.from({ length: 7 * 59 }, () => 4 * uniform() - 2),
          [7, 59],
        );
      const [exact, folded] = [new InPlaceSgd(tf), new InPlaceSgd(tf)];
      const [weight, velocity] = [random(), random()];
      const pair = (sgd: InPlaceSgd) => [weight, velocity].map((value) => sgd.variable(value.clone()));
      const [[w, v], [foldedW, foldedV]] = [pair(exact), pair(folded)];
      let expected = { weight, slots: [velocity] };
      for (const [i, learningRate] of [0.1, 0.1, 0.1, 0.01, 0.01].entries()) {
        const settings = { learningRate, momentum: 0.9, nesterov: false, weightDecay: 0.02, ...changes };
        const gradient = random();
        const rest = { optimizer: 'sgd' as const, beta2: 0.999, update: i + 1 };
        exact.update(w, v, gradient.clone(), settings);
        folded.updateFolded(foldedW, foldedV, gradient.clone(), settings);
        expected = updateWeight(tf, { ...expected, gradient }, { ...settings, ...rest });
      }
      for (const [i, tensor] of [expected.weight, expected.slots[0]].entries()) {
        const wanted = tensor.dataSync();
        const [same, near] = [exact.read([w, v][i]), folded.read([foldedW, foldedV][i])];
        expect(same.dataSync()).toEqual(wanted);
        // Sums of at most 20 rounded terms below 8 in size.
        near
          .dataSync()
          .forEach((value, k) => expect(Math.abs(value - wanted[k])).toBeLessThan(20 * 8 * 2 ** -24));
        tf.dispose([same, near]);
      }
      [w, v].forEach((variable) => exact.remove(variable));
      [foldedW, foldedV].forEach((variable) => folded.remove(variable));
      exact.dispose();
      folded.dispose();
      tf.dispose(expected);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('a value that was read stays as it was when the variable is updated', async () => {
    const { tf } = await openBackend();
    const sgd = new InPlaceSgd(tf);
    const [w, v] = [sgd.variable(tf.tensor1d([1, 2])), sgd.variable(tf.zeros([2]))];
    const old = sgd.read(w);
    sgd.update(w, v, tf.ones([2]), { learningRate: 1, momentum: 0.9, nesterov: false, weightDecay: 0 });
    const fresh = sgd.read(w);
    expect([...old.dataSync(), ...fresh.dataSync()]).toEqual([1, 2, 0, 1]);
    tf.dispose([old, fresh]);
    [w, v].forEach((variable) => sgd.remove(variable));
    sgd.dispose();
  });
});
