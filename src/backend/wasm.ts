import { dirname, join } from 'node:path';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './tensor';

/**
 * Turns on the WebAssembly backend: one thread, no compiler and no Python needed, no convolution gradients.
 *
 * @throws Error if the module cannot be started
 */
export async function openWasm(tf: TensorFlow): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only where it is the backend
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void };
  wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist/'));
  if (!(await tf.setBackend('wasm')))
    throw new Error('the WebAssembly backend of TensorFlow.js did not start');
  transposeBeforeProduct(tf);
}

const repaired = new WeakSet<KernelFunc>();

/**
 * Re-registers the matrix product so that a transposed side is transposed first. The shipped kernel reads it with a
 * stride instead, which is 10 to 40 times slower, and the gradient of every dense layer is such a product.
 */
function transposeBeforeProduct(tf: TensorFlow): void {
  const product = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  const transpose = tf.getKernel('Transpose', 'wasm').kernelFunc;
  if (repaired.has(product)) return;
  const kernelFunc: KernelFunc = ({ inputs, backend, attrs }) => {
    const { transposeA = false, transposeB = false } = attrs as {
      transposeA?: boolean;
      transposeB?: boolean;
    };
    const temporary: TensorInfo[] = [];
    const straight = (x: TensorInfo, transposed: boolean): TensorInfo => {
      if (!transposed) return x;
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      const result = transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
      temporary.push(result);
      return result;
    };
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const straightInputs = { a: straight(a, transposeA), b: straight(b, transposeB) };
    const result = product({
      inputs: straightInputs,
      backend,
      attrs: { transposeA: false, transposeB: false },
    });
    for (const { dataId } of temporary) (backend as { disposeData(id: object): void }).disposeData(dataId);
    return result;
  };
  repaired.add(kernelFunc);
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({ kernelName: 'BatchMatMul', backendName: 'wasm', kernelFunc });
}
