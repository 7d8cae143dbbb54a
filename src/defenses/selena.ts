import { z } from 'zod';
import { badInput } from '../errors';
import { numberIn } from '../losses/parameters';
import { randomStream } from '../platform/math/random';
import type { DefenseDefinition } from '../training/defense';
import type { TrainingKey } from '../training/records';
import { baseLossSchema, plainTraining, withBase } from './base-loss';
import { probabilitiesOf, softLabelLoss, type SoftLabels, takeRows } from './soft-labels';

const parameters = z
  .object({
    subModels: numberIn('[2, 64]', 25, 'number of sub-models, K', true),
    leftOutBy: numberIn('[1, 63]', 10, 'number of sub-models that leave a record out, L; below K', true),
    base: baseLossSchema,
  })
  .strict();

/**
 * SELENA. Split-AI: K sub-models, each record left out of the training of L of them, drawn for each record alone.
 * Self-distillation: the released model learns, by cross-entropy on the members, the mean probabilities of the L
 * sub-models that did not train on the record; true labels are not used. `base` is the loss of the sub-models.
 *
 * As much work as K - L + 1 trainings.
 */
export const selena: DefenseDefinition<typeof parameters> = {
  title: 'SELENA',
  short: 'SELENA',
  source: 'Tang et al., USENIX Security 2022, arXiv:2110.08324; purchase/SELENA of the official code',
  parameters,
  changes: ['stages', 'labels'],
  needs: [],
  claim: 'members answered as non-members are, with an advantage near 0 and a few points of accuracy less',
  revision: 1,
  create({ subModels, leftOutBy, base }) {
    if (leftOutBy >= subModels) {
      const rule = `must be below the number of sub-models, ${subModels}, or nobody trains on a record`;
      throw badInput(
        'defense selena: leftOutBy',
        leftOutBy,
        rule,
        'Choose more sub-models or a smaller number',
      );
    }
    return {
      label: `SELENA (K ${subModels}, L ${leftOutBy})${withBase(base)}`,
      teachers: ({ members, key }) => {
        const split = splitAi(members.y.length, subModels, leftOutBy, key);
        return split.trainedOn.map((records, index) => ({
          name: `sub-model ${index + 1}`,
          index,
          records,
          defense: plainTraining(base),
        }));
      },
      training: ({ members, classes, key }, teachers) => {
        const { leftOut } = splitAi(members.y.length, subModels, leftOutBy, key);
        const labels = splitAiLabels(
          leftOut,
          teachers.map((teacher) => teacher.members),
          classes,
        );
        return { loss: softLabelLoss(labels) };
      },
    };
  },
};

/** Two lists of records for each sub-model, ascending; together all records. */
export interface SplitAi {
  readonly trainedOn: readonly Int32Array[];
  readonly leftOut: readonly Int32Array[];
}

/** Split-AI's split: each record is left out by L of K sub-models at random, independent of all other records. */
export function splitAi(records: number, subModels: number, leftOutBy: number, key: TrainingKey): SplitAi {
  const stream = randomStream({ ...key, purpose: 'split' });
  const lists = (): number[][] => Array.from({ length: subModels }, () => []);
  const [trainedOn, leftOut] = [lists(), lists()];
  for (let record = 0; record < records; record++) {
    stream.permutation(subModels).forEach((subModel, i) => {
      (i < leftOutBy ? leftOut : trainedOn)[subModel].push(record);
    });
  }
  const arrays = (all: number[][]): Int32Array[] => all.map((list) => Int32Array.from(list));
  return { trainedOn: arrays(trainedOn), leftOut: arrays(leftOut) };
}

/**
 * For each record the mean probabilities of the sub-models that left it out.
 *
 * @param leftOut records that each sub-model left out; each record as often as any other
 * @param logits of each sub-model on all records, row-major [records, classes]
 */
export function splitAiLabels(
  leftOut: readonly Int32Array[],
  logits: readonly Float32Array[],
  classes: number,
): SoftLabels {
  const sums = new Float64Array(logits[0].length);
  leftOut.forEach((records, subModel) => {
    const probabilities = probabilitiesOf(takeRows(logits[subModel], records, classes), classes);
    records.forEach((record, i) => {
      for (let k = 0; k < classes; k++) sums[record * classes + k] += probabilities[i * classes + k];
    });
  });
  const entries = leftOut.reduce((sum, records) => sum + records.length, 0);
  const leftOutBy = (entries * classes) / sums.length;
  return Float32Array.from(sums, (sum) => sum / leftOutBy);
}
