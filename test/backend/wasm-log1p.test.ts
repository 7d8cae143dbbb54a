import { expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';

it('WebAssembly: log1p keeps what ln(1 + x) rounds away, in any shape, and leaves nothing behind', async () => {
  // Each test file has a process of its own, and a process opens one backend.
  process.env.CCL_BACKEND = 'wasm';
  const { tf, name } = await openBackend();
  expect(name).toBe('wasm');
  const before = tf.memory().numTensors;
  const x = [1e-30, 1e-9, -1e-5, 0.3, 0, 1e10];
  const found = tf.tidy(() => tf.log1p(tf.tensor2d(x, [2, 3])).dataSync());
  x.forEach((each, i) =>
    expect(Math.abs(found[i] - Math.log1p(each))).toBeLessThanOrEqual(1e-7 * Math.abs(Math.log1p(each))),
  );
  expect(tf.memory().numTensors).toBe(before);
});
