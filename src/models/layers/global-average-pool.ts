import type { Layer } from './layer';

/** Mean over height and width: [height, width, channels] to [channels]. */
export function globalAveragePool(shape: readonly number[]): Layer {
  const [height, width, channels] = shape;
  const pixels = height * width;
  return {
    outputShape: [channels],
    forward({ tf }, x) {
      const y = tf.tidy(() => (pixels === 1 ? x.reshape([-1, channels]) : x.mean([1, 2])));
      x.dispose();
      return y;
    },
    backward({ tf }, dy) {
      const dx = tf.tidy(() => {
        const point = dy.reshape([-1, 1, 1, channels]);
        return pixels === 1 ? point : point.div(pixels).tile([1, height, width, 1]);
      });
      dy.dispose();
      return dx;
    },
  };
}
