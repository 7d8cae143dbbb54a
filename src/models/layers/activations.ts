import type { Layer } from './layer';

/** y = max(x, 0); dx = dy where y > 0, else 0. */
export function relu(shape: readonly number[]): Layer {
  return {
    outputShape: shape,
    forward(pass, x) {
      const y = x.relu();
      x.dispose();
      pass.keep(y.clone());
      return y;
    },
    backward(pass, dy) {
      const taken = pass.take();
      const dx = pass.kernels.reluGradient(dy, taken[0]);
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}

/** y = tanh(x); dx = dy (1 - y^2). */
export function tanh(shape: readonly number[]): Layer {
  return {
    outputShape: shape,
    forward(pass, x) {
      const y = x.tanh();
      x.dispose();
      pass.keep(y.clone());
      return y;
    },
    backward(pass, dy) {
      const taken = pass.take();
      const dx = pass.kernels.tanhGradient(dy, taken[0]);
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}
