import type { Tensor, TensorFlow } from '../platform/backend/tensor';
import type { Network, NetworkArrays, NetworkTensors, TensorInfo } from './network';

/** Puts arrays on the backend; the caller disposes. */
export function toTensors(
  tf: TensorFlow,
  network: Network,
  { parameters, buffers }: NetworkArrays,
): { parameters: Tensor[]; buffers: Tensor[] } {
  const put = (infos: readonly TensorInfo[], arrays: readonly Float32Array[]): Tensor[] =>
    infos.map(({ shape }, i) => tf.tensor(arrays[i], [...shape], 'float32'));
  return { parameters: put(network.parameters, parameters), buffers: put(network.buffers, buffers) };
}

/** Copies tensors back into arrays; the tensors stay alive. */
export function toArrays({ parameters, buffers }: NetworkTensors): NetworkArrays {
  const get = (tensors: readonly Tensor[]): Float32Array[] =>
    tensors.map((tensor) => Float32Array.from(tensor.dataSync()));
  return { parameters: get(parameters), buffers: get(buffers) };
}
