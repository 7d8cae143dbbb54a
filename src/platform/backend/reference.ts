import { notInstalled } from '../../errors';
import type { TensorFlow } from './tensor';

/**
 * Does some work on TensorFlow.js' plain JavaScript backend, whichever one the process has opened: the same bits on every
 * processor, thread count and backend, at a speed for a few small tensors. All tensors made meanwhile are disposed.
 *
 * @param work must not await: the process computes with its own backend again as soon as this returns
 * @throws UserError where TensorFlow.js is not installed
 */
export function onPlainBackend<T>(work: (tf: TensorFlow) => T): T {
  const tf = loadTensorFlow();
  const before = tf.getBackend() as string | undefined;
  // Synchronous for a backend that starts at once, as this one does.
  void tf.setBackend('cpu');
  // Else its first tensor prints advice to install another backend.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  tf.engine().startScope();
  try {
    return work(tf);
  } finally {
    tf.engine().endScope();
    if (before !== undefined && before !== 'cpu') void tf.setBackend(before);
  }
}

/** The module that the native backend and WebAssembly extend, so that all share one engine. */
function loadTensorFlow(): TensorFlow {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- costs 0.3 s: only on demand
    return require('@tensorflow/tfjs') as TensorFlow;
  } catch (error) {
    throw notInstalled(error, 'Training', '@tensorflow/tfjs @tensorflow/tfjs-backend-wasm');
  }
}
