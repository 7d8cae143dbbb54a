import { badInput } from '../../errors';
import type { Tensor } from '../../platform/backend/tensor';
import type { Layer } from './layer';

/** Layers one after the other. */
export function sequence(layers: readonly Layer[]): Layer {
  return {
    outputShape: layers[layers.length - 1].outputShape,
    forward: (pass, x) => layers.reduce((value, layer) => layer.forward(pass, value), x),
    backward(pass, dy, needed) {
      let gradient = dy;
      for (let i = layers.length - 1; i >= 0; i--) {
        const next = layers[i].backward(pass, gradient, needed || i > 0);
        if (next === null) return null;
        gradient = next;
      }
      return gradient;
    },
  };
}

/** y = body(x) + shortcut(x); the shortcut is the identity if none is given. */
export function residual(body: Layer, shortcut?: Layer): Layer {
  if (shortcut !== undefined && shortcut.outputShape.join() !== body.outputShape.join()) {
    throw badInput(
      'shape of a shortcut',
      shortcut.outputShape,
      `must be ${JSON.stringify(body.outputShape)}`,
      'Choose another input size',
    );
  }
  return {
    outputShape: body.outputShape,
    forward(pass, x) {
      const aside = x.clone();
      const main = body.forward(pass, x);
      const side = shortcut === undefined ? aside : shortcut.forward(pass, aside);
      return sum(main, side);
    },
    backward(pass, dy, needed) {
      const aside = dy.clone();
      const side = shortcut === undefined ? aside : shortcut.backward(pass, aside, needed);
      const main = body.backward(pass, dy, needed);
      if (main !== null && side !== null) return sum(main, side);
      main?.dispose();
      side?.dispose();
      return null;
    },
  };
}

function sum(a: Tensor, b: Tensor): Tensor {
  const result = a.add(b);
  a.dispose();
  b.dispose();
  return result;
}

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
