// Run by set-up in a process of its own: node proof.cjs native|wasm. Multiplies two matrices of small integers, whose
// product is exact in float32, compares each number, and prints one line of JSON.
const backend = process.argv[2];

async function main() {
  const tf = backend === 'native' ? require('@tensorflow/tfjs-node-gpu') : require('@tensorflow/tfjs-core');
  if (backend === 'wasm') {
    require('@tensorflow/tfjs-backend-wasm');
    if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend did not start');
  }
  await tf.ready();
  const [rows, inner, columns] = [37, 64, 29];
  const a = Float32Array.from({ length: rows * inner }, (_, i) => ((i * 7) % 11) - 5);
  const b = Float32Array.from({ length: inner * columns }, (_, i) => ((i * 5) % 13) - 6);
  const product = await tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])).data();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      const got = product[i * columns + j];
      if (got !== sum) throw new Error(`wrong product at row ${i}, column ${j}: ${got} instead of ${sum}`);
    }
  }
  const native = backend === 'native' ? tf.backend() : null;
  console.log(
    JSON.stringify({
      ok: true,
      tensorflow: native ? native.binding.TF_Version : null,
      gpu: native ? native.isUsingGpuDevice === true : false,
    }),
  );
}

main().catch((error) => {
  console.error(error && error.stack ? error.stack : String(error));
  process.exitCode = 1;
});
