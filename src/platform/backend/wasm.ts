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
  exactLog1p(tf);
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

/**
 * Re-registers log1p: the shipped kernel computes ln(1 + x), which is 0 for x = 1e-9 and so gives a sure record the loss 0.
 * Only per-record losses pass through it, a batch at a time.
 */
function exactLog1p(tf: TensorFlow): void {
  const shipped = tf.getKernel('Log1p', 'wasm').kernelFunc;
  if (repaired.has(shipped)) return;
  const kernelFunc: KernelFunc = ({ inputs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const heap = backend as {
      makeOutput(shape: number[], type: string): TensorInfo;
      typedArrayFromHeap(tensor: TensorInfo): Float32Array;
    };
    const result = heap.makeOutput(x.shape, 'float32');
    heap.typedArrayFromHeap(result).set(heap.typedArrayFromHeap(x).map(Math.log1p));
    return result;
  };
  repaired.add(kernelFunc);
  tf.unregisterKernel('Log1p', 'wasm');
  tf.registerKernel({ kernelName: 'Log1p', backendName: 'wasm', kernelFunc });
}
