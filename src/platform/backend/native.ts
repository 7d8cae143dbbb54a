import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TensorFlow } from './tensor';

/** Where src/platform/setup puts the binding that it builds, or null if the package is not installed. */
export function nativeBindingPath(): string | null {
  try {
    const packageFile = require.resolve('@tensorflow/tfjs-node-gpu/package.json');
    return join(dirname(packageFile), 'lib', 'napi-v8', 'tfjs_binding.node');
  } catch {
    return null;
  }
}

export function nativeIsBuilt(): boolean {
  const path = nativeBindingPath();
  return path !== null && existsSync(path);
}

/**
 * Loads TensorFlow's C library with a fixed number of threads, which it reads once, when it is loaded.
 *
 * @returns the version of the library and whether it computes on a GPU
 */
export function openNative(threads: number): { tf: TensorFlow; version: string; gpu: boolean } {
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  // Set to its default: otherwise the library prints a line on stderr that says that it is on.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it starts the C library: only on demand
  const tf = require('@tensorflow/tfjs-node-gpu') as TensorFlow;
  const backend = tf.backend() as unknown as { binding: { TF_Version: string }; isUsingGpuDevice: boolean };
  return { tf, version: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice };
}
