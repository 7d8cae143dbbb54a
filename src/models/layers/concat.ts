import type { Tensor } from '../../platform/backend/tensor';
import type { Layer } from './layer';

/** y = [x, body(x)] along the channels, as in a dense block. */
export function concat(shape: readonly number[], body: Layer): Layer {
  const [height, width, channels] = shape;
  const added = body.outputShape[2];
  return {
    outputShape: [height, width, channels + added],
    forward(pass, x) {
      const aside = x.clone();
      const grown = body.forward(pass, x);
      const y = pass.tf.concat([aside, grown], 3);
      aside.dispose();
      grown.dispose();
      return y;
    },
    backward(pass, dy, needed) {
      const [direct, grown] = pass.tf.split<Tensor>(dy, [channels, added], 3);
      dy.dispose();
      const through = body.backward(pass, grown, needed);
      if (through === null) {
        direct.dispose();
        return null;
      }
      const dx = direct.add(through);
      direct.dispose();
      through.dispose();
      return dx;
    },
  };
}
