import { z } from 'zod';
import { UserError } from '../errors';
import { numberIn } from '../losses/parameters';
import type { Scalar, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { randomStream } from '../platform/math/random';
import { correct } from '../signals/log-softmax';
import type { LossGradient } from '../training/defense';
import {
  type DefenseDefinition,
  type Loop,
  type LoopRun,
  type LoopSetup,
  type LossOnBatch,
  type Step,
  type StepGradient,
} from '../training/defense';
import { lossOnBatch } from '../training/batch-loss';
import { logitsOf } from '../training/evaluate';
import type { Records } from '../training/records';
import { baseLoss, baseLossSchema, withBase } from './base-loss';
import { hostBatch } from '../training/batches';
import { drawMixing, mixedGradient } from './mixup';

const parameters = z
  .object({
    strength: numberIn(
      '[0, Infinity)',
      1,
      'factor of the squared MMD (lambda); MLHospital has 3 at a learning rate of 0.01',
    ),
    concentration: numberIn('(0, Infinity)', 1, 'a of the distribution Beta(a, a) of the share of mixup'),
    gap: numberIn(
      '[0, 100]',
      3,
      'least difference of training and inference accuracy, in percentage points, for which MMD is reduced',
    ),
    base: baseLossSchema,
  })
  .strict();

type Options = z.output<typeof parameters>;

/**
 * Mixup + MMD: an epoch of mixup; then, if training and inference accuracy differ by at least `gap` points and it is not
 * the last epoch, a pass over the training records in the order of their classes. Each of its batches takes a step that
 * reduces strength x MMD^2 (kernel width 1, biased) between the softmax outputs of the batch and those of as many inference
 * records of the same classes, drawn anew with replacement, which are constants. That pass sees the network as in
 * evaluation (running statistics, no dropout), as in the official code, and records without augmentation.
 */
export const mixupMmd: DefenseDefinition<typeof parameters> = {
  title: 'Mixup + MMD',
  short: 'Mixup + MMD',
  source:
    'Li, Li and Ribeiro, CODASPY 2021, arXiv:2002.12062, sections 4 and 5; attack_exp.py of colaalex111/MMD-mixup-Defense ' +
    'and MixupMMD.py of MLHospital. There the schedule of the learning rate pauses in epochs without the pass and the last ' +
    'inference record of a class is never drawn; neither is so here',
  parameters,
  changes: ['batch', 'epochs'],
  needs: ['inference'],
  claim: 'outputs on members like those on other records, at little cost in accuracy',
  revision: 1,
  create(options) {
    const { strength, concentration, gap, base } = options;
    const more = `${concentration === 1 ? '' : `, a ${concentration}`}${gap === 3 ? '' : `, gap ${gap}`}`;
    const label = `Mixup + MMD (strength ${strength}${more})${withBase(base)}`;
    const loss = lossOnBatch(baseLoss(base));
    return {
      label,
      training: () => ({
        loop: (setup) => openRun(setup, options, loss),
      }),
    };
  },
};

function openRun(setup: LoopSetup, { strength, concentration, gap }: Options, loss: LossOnBatch): LoopRun {
  const { training, recipe, network, key } = setup;
  const inference = setup.inference!;
  const byClass = recordsByClass(inference.y, network.classes);
  checkClasses(training.y, byClass);
  const batches = sortedBatches(training.y, recipe.batchSize);
  return {
    gradient: (step) => mixedGradient(step, loss, drawMixing(step.key, step.records.length, concentration)),
    async afterEpoch(loop) {
      if (strength === 0 || loop.epoch === loop.epochs) return;
      if (100 * Math.abs(accuracyOn(loop, training) - accuracyOn(loop, inference)) < gap) return;
      for (const [i, records] of batches.entries()) {
        await loop.breathe();
        const stream = randomStream({ ...key, purpose: 'inference', epoch: loop.epoch, step: i });
        const same = Int32Array.from(records, (record) => {
          const candidates = byClass[training.y[record]];
          return candidates[stream.below(candidates.length)];
        });
        loop.update(mmdPass(loop, { training, inference, records, same }, strength));
      }
    },
  };
}

/** Numbers of the records of each class. */
function recordsByClass(labels: Int32Array, classes: number): number[][] {
  const lists: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, record) => lists[label].push(record));
  return lists;
}

function checkClasses(labels: Int32Array, byClass: number[][]): void {
  const missing = labels.find((label) => byClass[label].length === 0);
  if (missing === undefined) return;
  throw new UserError(
    `Mixup + MMD compares each class with inference records of the same class, and there is none of class ${missing}. ` +
      'Give a larger inference set.',
  );
}

/** All records in the order of their classes, then of their numbers, cut into batches. */
function sortedBatches(labels: Int32Array, batchSize: number): Int32Array[] {
  const order = Int32Array.from(labels.keys()).sort((a, b) => labels[a] - labels[b] || a - b);
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) =>
    order.slice(i * batchSize, (i + 1) * batchSize),
  );
}

function accuracyOn({ tf, network, tensors }: Loop, { x, y }: Records): number {
  const { classes } = network;
  const logits = logitsOf(tf, network, tensors, x);
  return correct({ n: y.length, classes, logits, labels: y }).reduce((sum, each) => sum + each, 0) / y.length;
}

function mmdPass(
  { tf, network, tensors }: Loop,
  of: { training: Records; inference: Records; records: Int32Array; same: Int32Array },
  strength: number,
): StepGradient {
  const own = hostBatch(tf, network, of.training, of.records);
  const others = hostBatch(tf, network, of.inference, of.same);
  try {
    return mmdGradient({ tf, network, tensors, x: own.x }, others.x, strength);
  } finally {
    tf.dispose([own.x, own.oneHot, others.x, others.oneHot]);
  }
}

/** Gradient of strength x MMD^2 between the outputs on a batch and those on inference records, the network as in evaluation. */
export function mmdGradient(
  { tf, network, tensors, x }: Pick<Step, 'tf' | 'network' | 'tensors' | 'x'>,
  inferenceX: Step['x'],
  strength: number,
): StepGradient {
  const { logits, saved, buffers } = network.forward(tf, tensors, x, null);
  const { values, logitGradient } = tf.tidy(() => {
    const inferenceLogits = network.logits(tf, tensors, inferenceX);
    const result = mmdOnLogits(tf, logits, inferenceLogits, strength);
    return { values: result.values, logitGradient: result.logitGradient };
  });
  const { parameters: gradients } = network.backward(tf, tensors, saved, logitGradient);
  tf.dispose([logits, logitGradient]);
  return { values, gradients, buffers };
}

/** The same from logits, both [m, classes]; through the softmax dL/dz = p (g - sum_k g_k p_k), g = dL/dp. */
export function mmdOnLogits(
  tf: TensorFlow,
  logits: Tensor2D,
  inferenceLogits: Tensor2D,
  strength: number,
): LossGradient {
  return tf.tidy(() => {
    const p = tf.softmax(logits);
    const { value, gradient } = squaredMmd(tf, p, tf.softmax(inferenceLogits));
    const inner = gradient.mul<Tensor2D>(p).sum<Tensor2D>(1, true);
    return {
      values: value.mul(strength).reshape<Tensor1D>([1]),
      logitGradient: gradient.sub<Tensor2D>(inner).mul<Tensor2D>(p).mul<Tensor2D>(strength),
    };
  });
}

/**
 * Squared maximum mean discrepancy between the rows of x and of y, each [m, d], the biased estimate with the kernel
 * k(a, b) = exp(-|a - b|^2 / (2 sigma^2)): mean k(x, x) + mean k(y, y) - 2 mean k(x, y) (Gretton et al., JMLR 2012,
 * equation 5). In [0, 2]. Call it inside tf.tidy.
 *
 * @returns the value, and its gradient with respect to x, [m, d]:
 *   2 / (m^2 sigma^2) sum_j [k(x_i, x_j) (x_j - x_i) - k(x_i, y_j) (y_j - x_i)]
 */
export function squaredMmd(
  tf: TensorFlow,
  x: Tensor2D,
  y: Tensor2D,
  sigma = 1,
): { value: Scalar; gradient: Tensor2D } {
  const m = x.shape[0];
  const kernel = (a: Tensor2D, b: Tensor2D): Tensor2D => {
    const products = tf.matMul(a, b, false, true) as Tensor2D;
    const squares = (rows: Tensor2D): Tensor1D => rows.square().sum<Tensor1D>(1);
    const distances = squares(a)
      .expandDims<Tensor2D>(1)
      .add<Tensor2D>(squares(b))
      .sub<Tensor2D>(products.mul(2));
    return distances.mul<Tensor2D>(-1 / (2 * sigma * sigma)).exp<Tensor2D>();
  };
  const [xx, xy, yy] = [kernel(x, x), kernel(x, y), kernel(y, y)];
  const value = xx.mean<Scalar>().add<Scalar>(yy.mean()).sub<Scalar>(xy.mean().mul(2));
  const towards = (k: Tensor2D, rows: Tensor2D): Tensor2D =>
    (tf.matMul(k, rows) as Tensor2D).sub<Tensor2D>(x.mul(k.sum(1, true)));
  const gradient = towards(xx, x)
    .sub<Tensor2D>(towards(xy, y))
    .mul<Tensor2D>(2 / (m * m * sigma * sigma));
  return { value, gradient };
}
