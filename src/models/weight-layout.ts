import type { TensorInfo } from './network';

/** A tensor of PyTorch's layout in the backend's: [out, in] to [in, out], [out, in, h, w] to [h, w, in, out]. */
export function fromTorch({ torchShape }: TensorInfo, data: ArrayLike<number>): Float32Array {
  if (torchShape.length === 2) return permuted(data, torchShape, [1, 0]);
  if (torchShape.length === 4) return permuted(data, torchShape, [2, 3, 1, 0]);
  return new Float32Array(data);
}

/** The opposite of `fromTorch`. */
export function toTorch({ shape }: TensorInfo, data: ArrayLike<number>): Float32Array {
  if (shape.length === 2) return permuted(data, shape, [1, 0]);
  if (shape.length === 4) return permuted(data, shape, [3, 2, 0, 1]);
  return new Float32Array(data);
}

/** Row-major data with its axes in another order: axis k of the result is axis order[k] of the data. */
function permuted(data: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  // Missing axes count as size 1, so that two and four axes take the same loops.
  const [a, b, c, d] = [...order.map((axis) => ({ size: shape[axis], stride: strides[axis] }))].concat(
    Array.from({ length: 4 - order.length }, () => ({ size: 1, stride: 0 })),
  );
  const result = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < a.size; i++)
    for (let j = 0; j < b.size; j++)
      for (let k = 0; k < c.size; k++) {
        const base = i * a.stride + j * b.stride + k * c.stride;
        for (let l = 0; l < d.size; l++) result[at++] = data[base + l * d.stride];
      }
  return result;
}
