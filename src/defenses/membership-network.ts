import type { Tensor } from '../platform/backend/tensor';
import { Chain } from '../models/chain';
import { layeredNetwork } from '../models/layered-network';
import { dense } from '../models/layers/dense';
import type { Layer } from '../models/layers/layer';
import { relu } from '../models/layers/relu';
import type { Network } from '../models/network';
import { NetworkBuilder } from '../models/network-builder';

/** The published forms of adversarial regularization. */
export const attackForms = ['nasr', 'relaxloss'] as const;

export type AttackForm = (typeof attackForms)[number];

/**
 * The attack network of adversarial regularization: its one output is the logit of membership.
 *
 * - nasr, for [logits, labels as +-1], 2 K inputs: logits-1024-512-64 and labels-128-64, joined 256-128-64-1, as in MLHospital
 *   (names as there);
 * - relaxloss, for sorted logits, K inputs: 100-1.
 *
 * ReLU after each hidden layer, start weights as nn.Linear's.
 */
export function membershipNetwork(form: AttackForm, classes: number): Network {
  const builder = new NetworkBuilder('pytorch');
  const root =
    form === 'nasr'
      ? new Chain([2 * classes])
          .then(() =>
            sideBySide(
              classes,
              perceptron(builder, 'features', classes, [1024, 512, 64]),
              perceptron(builder, 'labels', classes, [128, 64]),
            ),
          )
          .then(([inputs]) => perceptron(builder, 'combine', inputs, [256, 128, 64], 1))
          .end()
      : perceptron(builder, 'layers', classes, [100], 1);
  const inputShape = [form === 'nasr' ? 2 * classes : classes];
  const spec = { name: `membership network (${form})`, options: { classes } };
  return layeredNetwork({ spec, inputShape, classes: 1, revision: 1 }, builder, root);
}

/** Dense layers with ReLU after each, then an output layer if `outputs` is given. */
function perceptron(
  builder: NetworkBuilder,
  name: string,
  inputs: number,
  hidden: readonly number[],
  outputs?: number,
): Layer {
  const chain = new Chain([inputs]);
  hidden.forEach((width, i) => {
    chain.then(([size]) => dense(builder, `${name}.${2 * i}`, size, width)).then(relu);
  });
  if (outputs !== undefined)
    chain.then(([size]) => dense(builder, `${name}.${2 * hidden.length}`, size, outputs));
  return chain.end();
}

/** y = [left(first columns of x), right(the other columns)]. @param columns how many columns go left */
function sideBySide(columns: number, left: Layer, right: Layer): Layer {
  const [leftOut, rightOut] = [left.outputShape[0], right.outputShape[0]];
  return {
    outputShape: [leftOut + rightOut],
    forward(pass, x) {
      const { tf } = pass;
      const [first, second] = tf.split<Tensor>(x, [columns, x.shape[1]! - columns], 1);
      x.dispose();
      const outputs = [left.forward(pass, first), right.forward(pass, second)];
      const y = tf.concat(outputs, 1);
      tf.dispose(outputs);
      return y;
    },
    backward(pass, dy, needed) {
      const { tf } = pass;
      const [first, second] = tf.split<Tensor>(dy, [leftOut, rightOut], 1);
      dy.dispose();
      // What the forward pass kept comes back in the opposite order.
      const ofRight = right.backward(pass, second, needed);
      const ofLeft = left.backward(pass, first, needed);
      if (ofLeft === null || ofRight === null) return null;
      const dx = tf.concat([ofLeft, ofRight], 1);
      tf.dispose([ofLeft, ofRight]);
      return dx;
    },
  };
}
