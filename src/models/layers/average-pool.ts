import type { Window } from '../../platform/backend/kernels';
import type { Tensor4D } from '../../platform/backend/tensor';
import type { Layer } from './layer';
import { windowOutput } from './max-pool';

/** Mean of each window, AvgPool2d(size, stride). */
export function averagePool(
  shape: readonly number[],
  { size, stride }: { size: number; stride: number },
): Layer {
  const window: Window = { size, stride, pad: [0, 0] };
  return {
    outputShape: [windowOutput(shape[0], window), windowOutput(shape[1], window), shape[2]],
    forward(pass, x) {
      const y = pass.kernels.averagePool(x as Tensor4D, window);
      x.dispose();
      return y;
    },
    backward(pass, dy) {
      const dx = pass.kernels.averagePoolGradient([dy.shape[0], ...shape], dy as Tensor4D, window);
      dy.dispose();
      return dx;
    },
  };
}
