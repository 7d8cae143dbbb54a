import type { Layer } from './layer';

/** [height, width, channels] to one axis in PyTorch's order (channels first), so that its dense weights fit. */
export function flatten(shape: readonly number[]): Layer {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const isPoint = height * width === 1;
  return {
    outputShape: [size],
    forward({ tf }, x) {
      const y = tf.tidy(() => (isPoint ? x : x.transpose([0, 3, 1, 2])).reshape([-1, size]));
      x.dispose();
      return y;
    },
    backward({ tf }, dy) {
      const dx = tf.tidy(() =>
        isPoint
          ? dy.reshape([-1, height, width, channels])
          : dy.reshape([-1, channels, height, width]).transpose([0, 2, 3, 1]),
      );
      dy.dispose();
      return dx;
    },
  };
}
