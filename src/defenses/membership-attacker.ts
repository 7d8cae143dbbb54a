import { Chain } from '../models/chain';
import { layeredNetwork } from '../models/layered-network';
import { dense } from '../models/layers/dense';
import type { Layer } from '../models/layers/layer';
import { relu } from '../models/layers/activations';
import type { Network, NetworkTensors } from '../models/network';
import { NetworkBuilder } from '../models/network-builder';
import type { Scalar, Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { DefenseState, StepGradient } from '../training/defense';
import { learningRateAt, type Recipe } from '../training/recipe';
import type { TrainingKey } from '../training/records';
import { startState, TrainedWeights } from '../training/weights';

/** What the attack network sees of a batch. */
export interface AttackedBatch {
  /** Logits of the attacked network, [batch, classes]. */
  readonly z: Tensor2D;
  /** True classes as rows of 0 and 1, [batch, classes]. */
  readonly oneHot: Tensor2D;
}

/** The network that tells members from others while a model is trained, with its optimizer; owner of its tensors. */
export class MembershipAttacker {
  private readonly network: Network;
  private readonly weights: TrainedWeights;

  /** @param state what `state` gave at a checkpoint, to go on from there */
  constructor(
    private readonly tf: TensorFlow,
    private readonly form: AttackForm,
    private readonly recipe: Recipe,
    { classes, key, state }: { classes: number; key: TrainingKey; state?: DefenseState },
  ) {
    this.network = membershipNetwork(form, classes);
    const start = startState(this.network, recipe, key);
    this.weights = new TrainedWeights(
      tf,
      this.network,
      recipe,
      state === undefined ? start : restored(start, state),
    );
  }

  /** One step that makes it better at telling members from others. @param isMember 1 or 0, [batch] */
  learn(batch: AttackedBatch, isMember: Tensor1D, epoch: number): void {
    const { tf, form, network, weights } = this;
    const { values, gradients } = attackerGradient(tf, form, network, weights.tensors, batch, isMember);
    values.dispose();
    weights.update({ gradients, buffers: [] }, learningRateAt(this.recipe, epoch - 1));
  }

  /** strength (mean h - 1/2) and its gradient with respect to the logits. Call it inside tf.tidy. */
  penalty(batch: AttackedBatch, strength: number): MembershipPenalty {
    return membershipPenalty(this.tf, this.form, this.network, this.weights.tensors, batch, strength);
  }

  state(): DefenseState {
    const { parameters, slots, updates } = this.weights.capture();
    const lists = { parameters, ...slots };
    return Object.fromEntries([
      ['attacker-updates', Float32Array.of(updates)],
      ...Object.entries(lists).flatMap(([name, list]) =>
        list.map((values, i) => [`attacker-${name}-${i}`, values] as const),
      ),
    ]);
  }

  dispose(): void {
    this.weights.dispose();
  }
}

type Start = ReturnType<typeof startState>;

function restored(start: Start, state: DefenseState): Start {
  const list = (name: string): Float32Array[] =>
    start.parameters.map((_, i) => state[`attacker-${name}-${i}`]);
  return {
    ...start,
    updates: state['attacker-updates'][0],
    parameters: list('parameters'),
    slots: Object.fromEntries(Object.keys(start.slots).map((name) => [name, list(name)])),
  };
}

/**
 * Losses of the attack network and their gradient with respect to its weights. With s its output and h = sigmoid(s), of
 * form nasr binary cross-entropy ln(1 + e^s) - s [member]; of form relaxloss (h - [member])^2.
 */
export function attackerGradient(
  tf: TensorFlow,
  form: AttackForm,
  network: Network,
  tensors: NetworkTensors,
  batch: AttackedBatch,
  isMember: Tensor1D,
): StepGradient {
  const input = tf.tidy(() => attackInput(tf, form, batch).x);
  const { logits, saved, buffers } = network.forward(tf, tensors, input, null);
  const { values, gradient } = tf.tidy(() => {
    const s = logits.squeeze<Tensor1D>([1]);
    const h = s.sigmoid<Tensor1D>();
    const error = h.sub<Tensor1D>(isMember);
    const losses =
      form === 'nasr' ? s.softplus<Tensor1D>().sub<Tensor1D>(s.mul(isMember)) : error.square<Tensor1D>();
    const slopes = form === 'nasr' ? error : error.mul<Tensor1D>(h).mul<Tensor1D>(tf.sub(2, h.mul(2)));
    return { values: losses, gradient: slopes.div(s.shape[0]).expandDims<Tensor2D>(1) };
  });
  const { parameters: gradients } = network.backward(tf, tensors, saved, gradient);
  tf.dispose([input, logits, gradient]);
  return { values, gradients, buffers };
}

/** What adversarial regularization adds to the loss, a scalar, and its gradient with respect to the logits. */
export interface MembershipPenalty {
  readonly value: Scalar;
  readonly logitGradient: Tensor2D;
}

/** strength (mean h - 1/2), h the attack network's probability of membership, for the attacked network to reduce. */
export function membershipPenalty(
  tf: TensorFlow,
  form: AttackForm,
  network: Network,
  tensors: NetworkTensors,
  batch: AttackedBatch,
  strength: number,
): MembershipPenalty {
  const { x, back } = attackInput(tf, form, batch);
  const { logits, saved } = network.forward(tf, tensors, x, null);
  const h = logits.sigmoid<Tensor2D>();
  const slope = h.mul<Tensor2D>(tf.sub(1, h)).mul<Tensor2D>(strength / h.shape[0]);
  const { input } = network.backward(tf, tensors, saved, slope, { inputGradient: true });
  return {
    value: h.mean<Scalar>().sub<Scalar>(0.5).mul<Scalar>(strength),
    logitGradient: back(input as Tensor2D),
  };
}

/** The input of the attack network, and the way of a gradient from it back to the logits. */
function attackInput(
  tf: TensorFlow,
  form: AttackForm,
  { z, oneHot }: AttackedBatch,
): { x: Tensor2D; back: (dx: Tensor2D) => Tensor2D } {
  if (form === 'relaxloss') return sortedRows(tf, z);
  const signs = oneHot.mul<Tensor2D>(2).sub<Tensor2D>(1);
  return { x: tf.concat([z, signs], 1) as Tensor2D, back: (dx) => tf.slice(dx, [0, 0], z.shape) };
}

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

/**
 * Each row in ascending order, equal values in their order, and the way of a gradient back to the unsorted values.
 *
 * @param z [batch, classes]
 */
export function sortedRows(tf: TensorFlow, z: Tensor2D): { x: Tensor2D; back: (dx: Tensor2D) => Tensor2D } {
  const [rows, columns] = z.shape;
  const values = z.dataSync();
  const from = new Int32Array(rows * columns);
  const to = new Int32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const order = from.subarray(start, start + columns);
    for (let k = 0; k < columns; k++) order[k] = start + k;
    order.sort((a, b) => values[a] - values[b] || a - b);
    order.forEach((place, k) => (to[place] = start + k));
  }
  const moved = (flat: Tensor2D, places: Int32Array): Tensor2D =>
    tf.gather(flat.flatten() as Tensor1D, tf.tensor1d(places, 'int32')).reshape<Tensor2D>([rows, columns]);
  return { x: moved(z, from), back: (dx) => moved(dx, to) };
}
