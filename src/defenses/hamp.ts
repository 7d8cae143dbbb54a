import { z } from 'zod';
import { numberIn, yesOrNo } from '../losses/parameters';
import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { crc32 } from '../platform/formats/crc32';
import { randomStream } from '../platform/math/random';
import type { DefenseDefinition, LossOnBatch, OutputFilter, OutputSetup } from '../training/defense';
import { fillRandomInput, inputRange } from './random-inputs';
import { divergence, divergenceGradient, type DivergenceKind, logProbabilities } from './soft-labels';

const parameters = z
  .object({
    gamma: numberIn('[0, 1)', 0.5, "least entropy of a label, as a share of ln classes, the uniform label's"),
    alpha: numberIn('[0, Infinity)', 0.03, 'weight of the entropy of the outputs, which is rewarded'),
    modifyOutputs: yesOrNo(true, "whether a random input's probabilities are answered, in the query's order"),
    divergence,
  })
  .strict();

/**
 * HAMP: training on labels of high entropy, with a reward for outputs of high entropy, KL(label || p) - alpha H(p); and
 * answers whose probabilities are replaced by those of a random input, in the same order.
 *
 * The official code divides the divergence by the number of classes K. Its settings (gamma, alpha; Location .5, .001,
 * Purchase .8, .01, Texas .6, .01) are those of `divergence: 'class-mean'`, at learning rate .5 and momentum .99. With
 * `sum` the same loss has K times the size and alpha is K times as large: for Location .03, the default.
 */
export const hamp: DefenseDefinition<typeof parameters> = {
  title: 'HAMP',
  short: 'HAMP',
  source: 'Chen and Pattabiraman, NDSS 2024, arXiv:2307.01610; location/train-hamp.py of the official code',
  parameters,
  changes: ['labels', 'loss', 'outputs'],
  needs: [],
  claim:
    'members and non-members answered with equally low confidence, at nearly the accuracy of plain training',
  revision: 1,
  create: ({ gamma, alpha, modifyOutputs, divergence: kind }) => ({
    label: `HAMP (gamma ${gamma}, alpha ${alpha}${modifyOutputs ? '' : ', training only'})`,
    training: ({ classes }) => ({
      loss: hampLoss(highEntropyLabel(gamma, classes), alpha, kind),
      perRecord: JSON.stringify(['hamp', gamma, alpha, kind]),
    }),
    ...(modifyOutputs ? { outputs: hampOutputs } : {}),
  }),
};

/** A label as two probabilities. */
export interface HighEntropyLabel {
  /** Of the true class. */
  readonly own: number;
  /** Of each other class. */
  readonly other: number;
}

/**
 * The label with the largest true-class probability p whose entropy, -p ln p - (1 - p) ln((1 - p) / (K - 1)), is at least
 * gamma ln K. The official code looks for p downwards from 1 in steps of .01; this is the limit of small steps.
 *
 * @param gamma in [0, 1)
 * @param classes K, at least 2
 */
export function highEntropyLabel(gamma: number, classes: number): HighEntropyLabel {
  const others = classes - 1;
  const wanted = gamma * Math.log(classes);
  let enough = 1 / classes;
  let tooSure = 1;
  if (wanted === 0) enough = 1;
  // The entropy falls from ln K at p = 1 / K to 0 at p = 1.
  for (let i = 0; i < 60 && enough < 1; i++) {
    const p = (enough + tooSure) / 2;
    const found = -p * Math.log(p) - (1 - p) * Math.log((1 - p) / others);
    if (found >= wanted) enough = p;
    else tooSure = p;
  }
  return { own: enough, other: (1 - enough) / others };
}

/** KL(label || p) - alpha H(p); dH/dz_k = -p_k (ln p_k + H). */
export function hampLoss(label: HighEntropyLabel, alpha: number, kind: DivergenceKind): LossOnBatch {
  return (tf, { z, oneHot }) => {
    const labels = oneHot.mul<Tensor2D>(label.own - label.other).add<Tensor2D>(label.other);
    const { values, logitGradient } = divergenceGradient(tf, z, labels, kind);
    const logP = logProbabilities(z);
    const p = logP.exp<Tensor2D>();
    const entropies = p.mul<Tensor2D>(logP).sum<Tensor1D>(1).neg<Tensor1D>();
    const rise = logP
      .add<Tensor2D>(entropies.expandDims(1))
      .mul<Tensor2D>(p)
      .mul<Tensor2D>(alpha / z.shape[0]);
    return {
      values: values.sub<Tensor1D>(entropies.mul(alpha)),
      logitGradient: logitGradient.add<Tensor2D>(rise),
    };
  };
}

/**
 * Rows of every question to the model, filled up with zeros: the last bits of a matrix product may depend on how many
 * rows it has and on where in its tiles a row lies. 48 rows are whole tiles of 3, 4, 6, 8 and 16 rows, on 1, 2 or 4 threads
 * (oneDNN's AVX2 kernel takes 6 and computes a rest of 2 differently).
 */
const block = 48;

/**
 * HAMP's answers: the sorted outputs of a random input in the order of the query's own, so that the predicted class and
 * all ranks stay. Random bits for data of 0 and 1, else uniform between the smallest and the largest value of the members'
 * feature or channel. The random input depends on the query and the model's key alone: the same query has the same answer,
 * asked again or among others. Therefore the query is asked anew, in a block of fixed size, instead of taking the order
 * from logits that were computed among others, where nearly equal classes could change places.
 */
export function hampOutputs({ members, inputShape, classes, key, logits }: OutputSetup): OutputFilter {
  const size = inputShape.reduce((product, side) => product * side, 1);
  const range = inputRange(members.x, inputShape);
  return (own, x) => {
    const out = new Float32Array(own.length);
    const rows = own.length / classes;
    for (let first = 0; first < rows; first += block) {
      const queries = new Float32Array(block * size);
      queries.set(x.subarray(first * size, Math.min(rows, first + block) * size));
      const inputs = new Float32Array(block * size);
      const filled = Math.min(block, rows - first);
      for (let i = 0; i < filled; i++) {
        const query = x.subarray((first + i) * size, (first + i + 1) * size);
        const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
        const stream = randomStream({ ...key, purpose: 'noise', epoch: crc32(bytes) });
        fillRandomInput(inputs.subarray(i * size, (i + 1) * size), range, stream);
      }
      const [order, values] = [logits(queries), logits(inputs)];
      for (let i = 0; i < filled; i++) {
        const [from, to] = [i * classes, (i + 1) * classes];
        out.set(inOrderOf(order.subarray(from, to), values.subarray(from, to)), (first + i) * classes);
      }
    }
    return out;
  };
}

/**
 * The values of one row in the order of another: the largest where the other has its largest (the first of equals), and
 * so on. The largest stays alone where two are equal, so that the predicted class cannot change.
 */
export function inOrderOf(order: Float32Array, values: Float32Array): Float32Array {
  const sorted = values.slice().sort().reverse();
  if (sorted[0] === sorted[1]) sorted[0] += Math.max(Math.abs(sorted[0]), 1e-30) * 2 ** -23;
  const places = Array.from(order.keys()).sort((a, b) => order[b] - order[a] || a - b);
  const out = new Float32Array(order.length);
  places.forEach((place, rank) => (out[place] = sorted[rank]));
  return out;
}
