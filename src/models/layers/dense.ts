import type { Tensor1D, Tensor2D } from '../../platform/backend/tensor';
import type { InitializerName } from '../initializers';
import type { NetworkBuilder } from '../network-builder';
import type { Layer } from './layer';

/** y = x W + b, W [in, out]; dW = x^T dy, db = sum of dy, dx = dy W^T. Registers weight and bias under `name`. */
export function dense(
  builder: NetworkBuilder,
  name: string,
  inputs: number,
  outputs: number,
  initializer?: InitializerName,
): Layer {
  const fans = { fanIn: inputs, fanOut: outputs };
  const { weight, bias } = builder.weighted(name, [inputs, outputs], { bias: true, fans, initializer });
  return {
    outputShape: [outputs],
    forward({ kernels, parameters, keep }, x) {
      const y = kernels.dense(x as Tensor2D, parameters[weight] as Tensor2D, parameters[bias!] as Tensor1D);
      keep(x);
      return y;
    },
    backward(pass, dy, needed) {
      const { tf, kernels } = pass;
      const taken = pass.take();
      const x = taken[0] as Tensor2D;
      pass.parameterGradients(
        dy,
        (delta) => {
          pass.gradients[weight] = kernels.product(x, delta as Tensor2D, { transposeA: true });
          pass.gradients[bias!] = kernels.biasGradient(delta);
        },
        // The gradient of one record is the outer product of x and dy, and dy for the bias: |x|^2 |dy|^2 + |dy|^2.
        () => tf.tidy(() => x.square().sum(1).add(1).mul<Tensor1D>(dy.square().sum(1))),
      );
      pass.release(taken);
      const dx = needed
        ? kernels.product(dy as Tensor2D, pass.parameters[weight] as Tensor2D, { transposeB: true })
        : null;
      dy.dispose();
      return dx;
    },
  };
}
