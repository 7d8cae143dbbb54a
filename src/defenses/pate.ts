import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { loss } from '../losses/registry';
import { fillNormals } from '../platform/math/normal-stream';
import { randomStream } from '../platform/math/random';
import { topClass } from '../signals/log-softmax';
import { type DefenseDefinition } from '../training/defense';
import { lossDefense, lossTraining } from '../training/batch-loss';
import { takeRecords, type TrainingKey } from '../training/records';
import { epsilonSpent } from './accountant/accountant';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    teachers: numberIn('[2, 64]', 10, 'number of teachers, each on its own share of the members', true),
    noise: numberIn(
      '[0, Infinity)',
      1,
      'standard deviation of the noise on the count of votes of each class',
    ),
    labeled: numberIn('(0, 1]', 1, 'share of the inference records that the teachers label'),
    base: baseLossSchema,
  })
  .strict();

/**
 * PATE with the Gaussian aggregator (GNMax): teachers on disjoint shares of the members vote on the classes of public records
 * (the inference set), noise is added to the counts, and the released model learns the classes with the largest noisy counts.
 * `base` is its loss; the teachers have cross-entropy. A teacher's batches are so much smaller as its share is, so that it
 * makes as many updates as any model; the papers have up to 250 teachers on far more data. Confident aggregation, which
 * answers only where the teachers agree, is not part of it.
 *
 * `pateEpsilon` says what the labels spend. With ten teachers there is no useful epsilon: a noise that hides one vote among ten
 * hides the ten. What remains is that a member speaks through one vote in ten.
 */
export const pate: DefenseDefinition<typeof parameters> = {
  title: 'PATE, noisy votes of teachers',
  short: 'PATE',
  source: 'Papernot et al., ICLR 2017, arXiv:1610.05755; ICLR 2018, arXiv:1802.08908, section 4.1 (GNMax)',
  parameters,
  changes: ['stages', 'labels'],
  needs: ['inference'],
  claim:
    'differential privacy from the noise on the votes, at a cost in accuracy that falls with more teachers and data',
  revision: 1,
  create: ({ teachers, noise, labeled, base }) => ({
    label: `PATE (${teachers} teachers, noise ${noise})${withBase(base)}`,
    teachers: ({ members, key }) =>
      disjointShares(members.y.length, teachers, key).map((records, index) => ({
        name: `teacher ${index + 1}`,
        index,
        records,
        defense: lossDefense(loss('ce')),
        recipe: (recipe) => {
          const share = (recipe.batchSize * records.length) / members.y.length;
          return { ...recipe, batchSize: Math.max(1, Math.floor(share)) };
        },
      })),
    training({ inference, classes, key }, finished) {
      const { x, y } = inference!;
      const n = Math.ceil(labeled * y.length);
      const order = randomStream({ ...key, purpose: 'permutation' }).permutation(y.length);
      const asked = order.subarray(0, n).sort();
      const classesOf = noisyVotes(
        finished.map((teacher) => teacher.inference),
        classes,
        { noise, key },
      );
      const training = takeRecords({ x, y: classesOf }, asked);
      return { ...lossTraining(baseLoss(base)), training };
    },
  }),
};

/**
 * The smallest epsilon for which the labels, and so the released model, are (epsilon, delta)-DP whatever the votes were
 * (data-independent). Neighboring sets of members differ by one record that is replaced: it changes one teacher's vote and so
 * two counts by 1, an L2 distance of sqrt(2). Each label is then a Gaussian mechanism with noise multiplier noise / sqrt(2);
 * the labels compose. As for DP-SGD, noise from a seeded generator makes this the account of an experiment, not a guarantee.
 *
 * @param noise standard deviation on each count, at least 0; 0 gives Infinity
 * @param labels how many records the teachers label, at least 1
 * @param delta in [1e-12, 1)
 * @throws UserError if an argument is out of range
 */
export function pateEpsilon({
  noise,
  labels,
  delta,
}: {
  readonly noise: number;
  readonly labels: number;
  readonly delta: number;
}): number {
  return epsilonSpent({ sampleRate: 1, noiseMultiplier: noise / Math.SQRT2, steps: labels }, delta);
}

/** All records, cut at random into shares whose sizes differ by 1 at most; each ascending. */
export function disjointShares(records: number, shares: number, key: TrainingKey): Int32Array[] {
  const order = randomStream({ ...key, purpose: 'split' }).permutation(records);
  return Array.from({ length: shares }, (_, i) =>
    order.slice(Math.floor((i * records) / shares), Math.floor(((i + 1) * records) / shares)).sort(),
  );
}

/**
 * For each record the class with the largest noisy count of teachers' votes, [records].
 *
 * @param logits of each teacher on all records, row-major [records, classes]
 */
export function noisyVotes(
  logits: readonly Float32Array[],
  classes: number,
  { noise, key }: { readonly noise: number; readonly key: TrainingKey },
): Int32Array {
  const records = logits[0].length / classes;
  const counts = new Float64Array(records * classes);
  fillNormals(counts, randomStream({ ...key, purpose: 'noise' }));
  for (let at = 0; at < counts.length; at++) counts[at] *= noise;
  for (const votes of logits) {
    for (let i = 0; i < records; i++) counts[i * classes + topClass(votes, i * classes, classes)]++;
  }
  return Int32Array.from({ length: records }, (_, i) => topClass(counts, i * classes, classes));
}
