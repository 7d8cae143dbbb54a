import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { randomStream } from '../platform/math/random';
import { updateWeight } from '../training/optimizer';
import type { TrainingKey } from '../training/records';

/** A dense layer. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major [inputs, outputs]. */
  readonly weights: Float64Array;
  /** [outputs]. */
  readonly biases: Float64Array;
}

/** Dense layers with ReLU between them and one output h: the log odds of a member. */
export type AttackNetwork = readonly DenseLayer[];

/** h of one row of features. */
export function memberLogit(network: AttackNetwork, features: Float64Array): number {
  return activations(network, features)[network.length][0];
}

/** h and its gradient with respect to the features, [features]. */
export function memberLogitGradient(
  network: AttackNetwork,
  features: Float64Array,
): { value: number; gradient: Float64Array } {
  const outputs = activations(network, features);
  let slopes = Float64Array.of(1);
  for (let l = network.length - 1; l >= 0; l--) {
    const { inputs, outputs: width, weights } = network[l];
    const before = new Float64Array(inputs);
    for (let i = 0; i < inputs; i++) {
      // A hidden unit that ReLU has shut passes nothing back.
      if (l > 0 && outputs[l][i] === 0) continue;
      let sum = 0;
      for (let o = 0; o < width; o++) sum += weights[i * width + o] * slopes[o];
      before[i] = sum;
    }
    slopes = before;
  }
  return { value: outputs[network.length][0], gradient: slopes };
}

/** The features and the output of each layer. */
function activations(network: AttackNetwork, features: Float64Array): Float64Array[] {
  const all = [features];
  network.forEach(({ inputs, outputs, weights, biases }, l) => {
    const from = all[l];
    const to = biases.slice();
    for (let i = 0; i < inputs; i++) {
      const x = from[i];
      if (x === 0) continue;
      const start = i * outputs;
      for (let o = 0; o < outputs; o++) to[o] += x * weights[start + o];
    }
    if (l < network.length - 1) for (let o = 0; o < outputs; o++) if (to[o] < 0) to[o] = 0;
    all.push(to);
  });
  return all;
}

export interface AttackTraining {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  /** Adam's learning rate. */
  readonly rate: number;
  readonly key: TrainingKey;
}

/**
 * Trains the network to tell rows of members from rows of others by binary cross-entropy with Adam; both sides have the
 * same weight however many rows they have. Glorot's uniform start. The same key gives the same bits.
 *
 * @param members row-major [rows, features]
 * @param others likewise
 */
export function trainAttackNetwork(
  tf: TensorFlow,
  members: Float32Array,
  others: Float32Array,
  features: number,
  training: AttackTraining,
): AttackNetwork {
  const { hidden, epochs, batchSize, key } = training;
  const [inside, outside] = [members.length / features, others.length / features];
  const n = inside + outside;
  const weights = startWeights(tf, [features, ...hidden, 1], key);
  let slots = weights.map((weight) => [tf.zerosLike(weight), tf.zerosLike(weight)]);
  let update = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = randomStream({ ...key, purpose: 'order', epoch }).permutation(n);
    for (let from = 0; from < n; from += batchSize) {
      const picked = order.subarray(from, Math.min(n, from + batchSize));
      const gradients = tf.tidy((): Tensor2D[] => {
        const batch = tf.tensor2d(rowsOf(picked, members, others, features), [picked.length, features]);
        const isMember = tf.tensor1d(Float32Array.from(picked, (row) => (row < inside ? 1 : 0)));
        const share = Float32Array.from(picked, (row) => n / (2 * (row < inside ? inside : outside)));
        return networkGradients(tf, weights, batch, isMember, tf.tensor1d(share));
      });
      update++;
      slots = gradients.map((gradient, i) => {
        const next = updateWeight(
          tf,
          { weight: weights[i], slots: slots[i], gradient },
          { ...adam, learningRate: training.rate, update },
        );
        weights[i] = next.weight as Tensor2D;
        return next.slots as Tensor2D[];
      });
    }
  }
  const network = layersOf(weights);
  tf.dispose([weights, slots]);
  return network;
}

const adam = { optimizer: 'adam', momentum: 0.9, nesterov: false, beta2: 0.999, weightDecay: 0 } as const;

/** Weights [inputs, outputs] and biases [1, outputs], in turn. */
function startWeights(tf: TensorFlow, widths: readonly number[], key: TrainingKey): Tensor2D[] {
  return widths.slice(1).flatMap((outputs, l) => {
    const inputs = widths[l];
    const stream = randomStream({ ...key, purpose: 'weights', step: l });
    const bound = Math.sqrt(6 / (inputs + outputs));
    const values = Float32Array.from({ length: inputs * outputs }, () => bound * (2 * stream.uniform() - 1));
    return [tf.tensor2d(values, [inputs, outputs]), tf.zeros([1, outputs]) as Tensor2D];
  });
}

function rowsOf(
  picked: Int32Array,
  members: Float32Array,
  others: Float32Array,
  features: number,
): Float32Array {
  const out = new Float32Array(picked.length * features);
  picked.forEach((row, at) => {
    const [from, start] = row * features < members.length ? [members, 0] : [others, members.length];
    out.set(from.subarray(row * features - start, (row + 1) * features - start), at * features);
  });
  return out;
}

/** Gradients of the weighted mean of ln(1 + exp(-h)) (members) and ln(1 + exp(h)) (others). */
function networkGradients(
  tf: TensorFlow,
  weights: readonly Tensor2D[],
  batch: Tensor2D,
  isMember: Tensor1D,
  share: Tensor1D,
): Tensor2D[] {
  const layers = weights.length / 2;
  const inputs = [batch];
  for (let l = 0; l < layers; l++) {
    const out = inputs[l].matMul(weights[2 * l]).add<Tensor2D>(weights[2 * l + 1]);
    inputs.push(l < layers - 1 ? out.relu() : out);
  }
  const h = inputs[layers].squeeze<Tensor1D>([1]);
  let delta = h.sigmoid().sub(isMember).mul(share).div(batch.shape[0]).expandDims(1) as Tensor2D;
  const gradients: Tensor2D[] = [];
  for (let l = layers - 1; l >= 0; l--) {
    gradients.unshift(tf.matMul<Tensor2D>(inputs[l], delta, true, false), delta.sum<Tensor2D>(0, true));
    if (l > 0) delta = delta.matMul(weights[2 * l], false, true).mul(inputs[l].greater(0).toFloat());
  }
  return gradients;
}

function layersOf(weights: readonly Tensor2D[]): DenseLayer[] {
  return Array.from({ length: weights.length / 2 }, (_, l) => {
    const [inputs, outputs] = weights[2 * l].shape;
    const [values, biases] = [weights[2 * l], weights[2 * l + 1]].map((each) =>
      Float64Array.from(each.dataSync()),
    );
    return { inputs, outputs, weights: values, biases };
  });
}
