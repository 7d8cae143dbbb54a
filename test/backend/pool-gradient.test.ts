import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { nativeKernels } from '../../src/platform/backend/native-kernels';
import { attributeMaker, type NativeBackend } from '../../src/platform/backend/native-operations';
import type { Tensor4D } from '../../src/platform/backend/tensor';
import { randomStream } from '../../src/platform/math/random';

describe.skipIf(!nativeIsBuilt())('the gradient of max pooling over 2 x 2 windows', () => {
  // Few distinct values, so that most windows have two equal largest ones, and many windows of zeros as after a ReLU.
  it.each<[string, [number, number, number, number], number]>([
    ['ties', [3, 8, 6, 5], 3],
    ['all different', [2, 4, 4, 16], 1e6],
    ['one channel', [1, 2, 2, 1], 2],
  ])('has the bits of TensorFlow’s own kernel: %s', async (_, shape, values) => {
    const { tf } = await openBackend();
    const { below, uniform } = randomStream({ seed: 3, role: 'target', purpose: 'synthetic' });
    const backend = tf.backend() as unknown as NativeBackend;
    const attribute = attributeMaker(backend);
    const size = shape.reduce((product, n) => product * n, 1);
    const before = tf.memory().numTensors;
    const kernels = nativeKernels(tf);
    const x = tf.tensor4d(
      Float32Array.from({ length: size }, () => below(values) - 1),
      shape,
    );
    const window = { size: 2, stride: 2, pad: [0, 0] } as const;
    const y = kernels.maxPool(x, window);
    const dy = tf.tensor4d(
      Float32Array.from({ length: y.size }, () => uniform() - 0.5),
      y.shape,
    );
    const theirs = backend.executeSingleOutput(
      'MaxPoolGrad',
      [
        attribute('T', 'TYPE', backend.binding.TF_FLOAT),
        attribute('strides', 'INT', [1, 2, 2, 1]),
        attribute('ksize', 'INT', [1, 2, 2, 1]),
        attribute('padding', 'STRING', 'VALID'),
        attribute('data_format', 'STRING', 'NHWC'),
      ],
      [x, y, dy],
    );
    const ours: Tensor4D = kernels.maxPoolGradient(x, y, dy, window);
    expect(ours.shape).toEqual(x.shape);
    expect(Array.from(ours.dataSync())).toEqual(Array.from(theirs.dataSync()));
    tf.dispose([x, y, dy, theirs, ours]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
