import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import { model } from '../../src/models/registry';
import { toTensors } from '../../src/models/network';
import { compareWithTorch, fixture } from './torch-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'wasm';
});

describe('networks against PyTorch, WebAssembly backend', () => {
  const cases = fixture.cases
    .filter(({ name, options }) => !('input' in options) && !['resnet34', 'resnet50', 'vgg11'].includes(name))
    .map((each) => [`${each.name} ${JSON.stringify(each.options)}`, each] as const);
  it.each(cases)('%s: evaluation, and training without convolutions', async (name, each) => {
    await compareWithTorch(each, { train: name.startsWith('mlp') });
  });

  it('refuses to train convolutions, and says what to do', async () => {
    const { tf } = await openBackend();
    const network = model('cnn', { input: [4, 4, 1], channels: [2], hidden: 3, classes: 2 });
    const key = { seed: 1, role: 'target', epoch: 1, step: 1 } as const;
    tf.tidy(() => {
      const tensors = toTensors(tf, network, network.initial(key));
      const { saved } = network.forward(tf, tensors, tf.ones([2, 4, 4, 1]), key);
      expect(() => network.backward(tf, tensors, saved, tf.ones([2, 2]) as Tensor2D)).toThrow(
        /WebAssembly backend cannot train convolutions.*npm run setup.*or train an mlp/,
      );
    });
  });
});
