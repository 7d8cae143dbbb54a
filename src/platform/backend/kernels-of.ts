import type { Kernels } from './kernels';
import { nativeKernels } from './native-kernels';
import { plainKernels } from './plain-kernels';
import type { TensorFlow } from './tensor';

const known = new WeakMap<object, Kernels>();

/** The operations on the backend that is in use: TensorFlow's own kernels where it is native, else TensorFlow.js. */
export function kernelsOf(tf: TensorFlow): Kernels {
  const backend = tf.backend();
  let kernels = known.get(backend);
  if (kernels === undefined) {
    kernels = tf.getBackend() === 'tensorflow' ? nativeKernels(tf) : plainKernels(tf);
    known.set(backend, kernels);
  }
  return kernels;
}
