import { z } from 'zod';
import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { numberIn, yesOrNo } from '../losses/parameters';
import type { DefenseDefinition, LossOnBatch } from '../training/defense';
import { hampOutputs } from './hamp-outputs';
import { divergence, divergenceGradient, logProbabilities, type DivergenceKind } from './soft-labels';

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
