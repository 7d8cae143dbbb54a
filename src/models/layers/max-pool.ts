import { badInput } from '../../errors';
import type { Window } from '../../platform/backend/kernels';
import type { Tensor4D } from '../../platform/backend/tensor';
import type { Layer } from './layer';

/** Output height (or width) of a window on an input of that height: floor((input + pads - size) / stride) + 1. */
export function windowOutput(input: number, { size, stride, pad }: Window): number {
  const output = Math.floor((input + pad[0] + pad[1] - size) / stride) + 1;
  if (output < 1) {
    throw badInput(
      'height or width before a layer',
      input,
      `must be at least ${size - pad[0] - pad[1]} there`,
      'Give the network larger images',
    );
  }
  return output;
}

/** Largest value of each window, MaxPool2d(size, stride, pad); the gradient goes to one largest value. */
export function maxPool(
  shape: readonly number[],
  { size, stride, pad = 0 }: { size: number; stride: number; pad?: number },
): Layer {
  const window: Window = { size, stride, pad: [pad, pad] };
  return {
    outputShape: [windowOutput(shape[0], window), windowOutput(shape[1], window), shape[2]],
    forward(pass, x) {
      const y = pass.kernels.maxPool(x as Tensor4D, window);
      pass.keep(x, y.clone());
      return y;
    },
    backward(pass, dy) {
      const taken = pass.take();
      const dx = pass.kernels.maxPoolGradient(
        taken[0] as Tensor4D,
        taken[1] as Tensor4D,
        dy as Tensor4D,
        window,
      );
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}
