import { badInput } from '../../errors';
import type { Tensor } from '../../platform/backend/tensor';
import type { Layer } from './layer';

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
