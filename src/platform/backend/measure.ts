import type { Backend } from './backend';

/**
 * Speed of a 1024 x 1024 matrix product in GFLOP/s (2 x 1024^3 operations), the best of some repetitions. It reads the
 * clock: for `ccl doctor` and for people, never part of a result.
 */
export function measureProduct({ tf }: Backend, repetitions = 5): number {
  const size = 1024;
  const a = tf.randomUniform([size, size], -1, 1, 'float32', 1);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= repetitions; i++) {
    const start = process.hrtime.bigint();
    const product = tf.matMul(a, a);
    product.dataSync();
    product.dispose();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    // The first one also warms up.
    if (i > 0) best = Math.min(best, seconds);
  }
  a.dispose();
  return (2 * size ** 3) / best / 1e9;
}
