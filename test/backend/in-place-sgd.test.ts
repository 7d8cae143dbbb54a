import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { InPlaceSgd, type SgdSettings } from '../../src/platform/backend/in-place-sgd';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { updateWeight } from '../../src/training/optimizer';

describe.skipIf(!nativeIsBuilt())('SGD in place', () => {
  it.each<[string, Partial<SgdSettings>]>([
    ['momentum', {}],
    ['Nesterov', { nesterov: true }],
    ['no momentum', { momentum: 0 }],
    ['no decay', { weightDecay: 0 }],
  ])('%s: three updates with a falling rate are those of updateWeight', async (_, changes) => {
    const { tf } = await openBackend();
    const before = tf.memory().numTensors;
    const sgd = new InPlaceSgd(tf);
    const start = tf.tensor2d([1, -2, 3, -4], [2, 2]);
    let expected = { weight: start.clone(), slots: [tf.zerosLike(start)] };
    const [w, v] = [sgd.variable(start), sgd.variable(tf.zeros([2, 2]))];
    for (const [i, learningRate] of [0.1, 0.1, 0.01].entries()) {
      const settings = { learningRate, momentum: 0.9, nesterov: false, weightDecay: 0.02, ...changes };
      const gradient = tf.tensor2d([0.5, 1, -1, i], [2, 2]);
      const rest = { optimizer: 'sgd' as const, beta2: 0.999, update: i + 1 };
      expected = updateWeight(tf, { ...expected, gradient: gradient.clone() }, { ...settings, ...rest });
      sgd.update(w, v, gradient, settings);
    }
    for (const [variable, tensor] of [
      [w, expected.weight],
      [v, expected.slots[0]],
    ]) {
      const found = sgd.read(variable);
      const wanted = tensor.dataSync();
      found.dataSync().forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));
      found.dispose();
      sgd.remove(variable);
    }
    sgd.dispose();
    tf.dispose(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

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
