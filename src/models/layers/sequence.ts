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
