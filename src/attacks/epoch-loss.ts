import { z } from 'zod';
import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import type { SetAttack } from './attack';
import { lossesByEpoch, targetTrajectory } from './trajectory-losses';

export const epochLossParameters = z
  .object({
    /** `mean` over the epochs, or one of them, counted from 1. */
    epoch: z
      .union([z.literal('mean'), z.number().int('Must be a whole number').min(1, 'Counts from 1')])
      .default('mean'),
  })
  .strict();

export type EpochLossOptions = z.input<typeof epochLossParameters>;

/**
 * The loss at each epoch: the loss attack of an adversary who saw every checkpoint. A member's loss falls while it is learned,
 * so the mean over epochs (the area under its learning curve) still differs where final losses have met.
 */
export function epochLoss({ epoch }: z.output<typeof epochLossParameters>): SetAttack {
  const name = epoch === 'mean' ? 'epoch-loss' : `epoch-loss/epoch-${epoch}`;
  return {
    name,
    title: epoch === 'mean' ? 'Loss, mean over epochs' : `Loss after epoch ${epoch}`,
    formula: epoch === 'mean' ? 'mean over epochs e of ln p_y(e)' : `ln p_y(${epoch})`,
    reference: 'Liu, Zhao, Backes and Zhang 2022, arXiv:2208.14933 (losses of intermediate models)',
    threatModel: 'The probability of the true class of each record after each epoch of training.',
    needs: ['trajectory'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record and epoch', models: 'none' },
    differences:
      'No cut is set, since no shadow trajectory is in the file. Which epoch tells most would have to be chosen without the ' +
      "target's membership, so the mean stands for all.",
    scores(set) {
      const all = lossAtEachEpoch(set);
      if (epoch === 'mean') {
        const scores = new Float64Array(set.n);
        for (const own of all) for (let i = 0; i < set.n; i++) scores[i] += own[i];
        return {
          scores: scores.map((sum) => sum / all.length),
          notes: [{ code: 'mean-over-epochs', epochs: all.length }],
        };
      }
      if (epoch > all.length) {
        throw badInput(
          'epoch',
          epoch,
          `the trajectory has ${all.length}`,
          'Name one of them, or leave it out for the mean',
        );
      }
      return { scores: all[epoch - 1], notes: [] };
    },
  };
}

/**
 * Scores ln p_y of every record after each epoch, E arrays [n], e.g. for the AUC along a training run.
 *
 * @throws UserError if the set has no trajectory
 */
export function lossAtEachEpoch(set: SignalSet): Float64Array[] {
  return lossesByEpoch(targetTrajectory(set, 'epoch-loss')).map((losses) => losses.map((loss) => -loss));
}
