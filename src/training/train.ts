import type { Tensor1D, Tensor2D } from '../backend/tensor';
import { Interrupted } from '../errors';
import { randomStream } from '../math/random';
import {
  activations,
  gradients,
  initialWeights,
  toLayers,
  type DenseWeights,
  type WeightArrays,
} from '../models/mlp';
import { TrainingDiverged } from './diverged';
import { evaluate } from './evaluate';
import { lossGradient } from './loss-gradient';
import { isEvaluated, learningRateAt } from './recipe';
import { sgdStep } from './sgd';
import type { TrainingState, TrainingTask } from './training-task';

/** Raised when a change alters the numbers that training gives; part of a run's identity. */
export const trainingRevision = 1;

/**
 * Trains a multilayer perceptron by SGD and evaluates members and non-members on the way.
 *
 * The same task gives the same bits on the same machine, backend and thread count, whether it runs straight or goes
 * on from a state: every random number comes from the stream of its epoch. No tensor is left behind.
 *
 * @throws TrainingDiverged if a loss is not finite (names epoch, step and learning rate)
 * @throws Interrupted if the signal aborts; the epoch under way is lost, everything before it is kept
 */
export async function train(task: TrainingTask): Promise<TrainingState> {
  const { backend, shape, recipe, members } = task;
  const { tf } = backend;
  const start = task.resumeFrom ?? startState(task);
  const layers = toLayers(tf, shape, start.weights);
  const velocities = toLayers(tf, shape, start.velocities);
  const x = tf.tensor2d(members.x, [members.y.length, shape.features]);
  const oneHot = tf.tidy(
    () => tf.oneHot(tf.tensor1d(members.y, 'int32'), shape.classes).toFloat() as Tensor2D,
  );
  const history = [...start.history];
  try {
    let state = start;
    for (let epoch = start.epoch + 1; epoch <= recipe.epochs; epoch++) {
      await trainEpoch(task, { layers, velocities, x, oneHot, epoch });
      if (!isEvaluated(recipe, epoch)) continue;
      const { evaluation, signals } = evaluate(backend, layers, task, epoch);
      history.push(evaluation);
      task.onEvaluation?.(signals, epoch);
      const outputs = signals.logits as Float32Array;
      state = {
        epoch,
        weights: toArrays(layers),
        velocities: toArrays(velocities),
        history: [...history],
        outputs,
      };
      await task.onCheckpoint?.(state);
    }
    return state;
  } finally {
    tf.dispose([x, oneHot, tensorsOf(layers), tensorsOf(velocities)]);
  }
}

/** What an epoch works on. Each step replaces the entries of `layers` and `velocities`. */
interface EpochState {
  readonly layers: DenseWeights[];
  readonly velocities: DenseWeights[];
  readonly x: Tensor2D;
  readonly oneHot: Tensor2D;
  readonly epoch: number;
}

async function trainEpoch(task: TrainingTask, state: EpochState): Promise<void> {
  const { recipe, key, members } = task;
  const { tf } = task.backend;
  const { epoch } = state;
  const learningRate = learningRateAt(recipe, epoch - 1);
  const order = randomStream({ ...key, purpose: 'order', epoch }).permutation(members.y.length);
  const steps = Math.ceil(order.length / recipe.batchSize);
  for (let step = 1; step <= steps; step++) {
    // Lets interrupts and messages in; costs microseconds.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (task.signal?.aborted)
      throw new Interrupted(`Training was interrupted at epoch ${epoch}, step ${step}.`);
    const batch = order.subarray((step - 1) * recipe.batchSize, step * recipe.batchSize);
    const { loss, grads } = lossAndGradients(task, state, batch);
    if (!Number.isFinite(loss)) {
      tf.dispose(tensorsOf(grads));
      throw new TrainingDiverged({ epoch, step, learningRate, loss });
    }
    updateWeights(task, state, grads, learningRate);
    task.onProgress?.({ epoch, epochs: recipe.epochs, step, steps, loss });
  }
}

function lossAndGradients(
  { backend: { tf }, loss }: TrainingTask,
  { layers, x, oneHot }: EpochState,
  batch: Int32Array,
): { loss: number; grads: DenseWeights[] } {
  let mean = Number.NaN;
  const grads = tf.tidy(() => {
    const rows = tf.tensor1d(batch, 'int32');
    const all = activations(tf, layers, tf.gather(x, rows));
    const { values, logitGradient } = lossGradient(tf, loss, all[all.length - 1], tf.gather(oneHot, rows));
    mean = values.mean().dataSync()[0];
    // tidy keeps what it returns only if it can see the tensors in plain objects and arrays.
    return gradients(tf, layers, all, logitGradient) as unknown as Tensor1D[];
  }) as unknown as DenseWeights[];
  return { loss: mean, grads };
}

/** One optimizer step on every weight. */
function updateWeights(
  { backend: { tf }, recipe }: TrainingTask,
  state: EpochState,
  grads: DenseWeights[],
  learningRate: number,
): void {
  const settings = { learningRate, momentum: recipe.momentum, weightDecay: recipe.weightDecay };
  grads.forEach((gradient, i) => {
    const { layers, velocities } = state;
    const kernel = sgdStep(
      tf,
      { weight: layers[i].kernel, velocity: velocities[i].kernel, gradient: gradient.kernel },
      settings,
    );
    const bias = sgdStep(
      tf,
      { weight: layers[i].bias, velocity: velocities[i].bias, gradient: gradient.bias },
      settings,
    );
    layers[i] = { kernel: kernel.weight, bias: bias.weight };
    velocities[i] = { kernel: kernel.velocity, bias: bias.velocity };
  });
}

function startState({ shape, key }: TrainingTask): TrainingState {
  const weights = initialWeights(shape, key);
  return {
    epoch: 0,
    weights,
    velocities: weights.map((w) => new Float32Array(w.length)),
    history: [],
    outputs: new Float32Array(0),
  };
}

function tensorsOf(layers: readonly DenseWeights[]): (Tensor1D | Tensor2D)[] {
  return layers.flatMap(({ kernel, bias }) => [kernel, bias]);
}

function toArrays(layers: readonly DenseWeights[]): WeightArrays {
  return tensorsOf(layers).map((tensor) => Float32Array.from(tensor.dataSync()));
}
