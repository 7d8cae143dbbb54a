// Multiplies matrices with every combination of transposed sides and prints the worst error against float64 sums.
require('tsx/cjs');
const { openBackend } = require('../../src/platform/backend/backend.ts');

const [m, k, n, batch] = [7, 33, 5, 2];
const values = (length, seed) => Float32Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i));

async function main() {
  const { tf, name } = await openBackend();
  const before = tf.memory().numTensors;
  let worst = 0;
  tf.tidy(() => {
    const a = values(batch * m * k, 1);
    const b = values(batch * k * n, 2);
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const left = tf.tensor3d(a, transposeA ? [batch, k, m] : [batch, m, k]);
        const right = tf.tensor3d(b, transposeB ? [batch, n, k] : [batch, k, n]);
        const product = tf.matMul(left, right, transposeA, transposeB).dataSync();
        for (let e = 0; e < batch; e++)
          for (let i = 0; i < m; i++)
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let l = 0; l < k; l++) {
                const x = a[e * m * k + (transposeA ? l * m + i : i * k + l)];
                const y = b[e * k * n + (transposeB ? j * k + l : l * n + j)];
                sum += x * y;
              }
              worst = Math.max(worst, Math.abs(sum - product[e * m * n + i * n + j]));
            }
      }
    }
  });
  console.log(JSON.stringify({ name, worst, leaked: tf.memory().numTensors - before }));
}
main().catch((error) => console.log(JSON.stringify({ message: error.message })));
