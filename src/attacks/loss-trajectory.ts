import { z } from 'zod';
import { ceLosses } from '../signals/log-softmax';
import type { SetAttack } from './attack';
import { columns, trajectoryAttack } from './trajectory-attack';
import { lossesByEpoch, type ShadowTrajectory } from './trajectory-losses';

export const lossTrajectoryParameters = z
  .object({
    /** The trajectory and membership of a shadow model; without it the attack is the auditor's upper bound. */
    shadow: z.custom<ShadowTrajectory>((value) => typeof value === 'object' && value !== null).optional(),
  })
  .strict();

export type LossTrajectoryOptions = z.input<typeof lossTrajectoryParameters>;

/**
 * Loss trajectory (Liu, Zhao, Backes and Zhang 2022, ACM CCS, arXiv:2208.14933): the losses of the checkpoints of a model
 * distilled from the target, with the target's own loss at the end, tell a member from a non-member. The same features of a
 * shadow model, distilled the same way, are what the attacker is fitted on.
 */
export function lossTrajectory({ shadow }: z.output<typeof lossTrajectoryParameters>): SetAttack {
  return trajectoryAttack(
    {
      name: 'loss-trajectory',
      title: 'Loss trajectory',
      formula: 'logistic regression on loss(1), ..., loss(E) of the checkpoints and the final loss',
      reference: 'Liu, Zhao, Backes and Zhang 2022, arXiv:2208.14933',
      differences:
        'Small form: the paper and LeakPro fit a small network, here a logistic regression. The trajectory in the file is ' +
        'taken as it is, of the training itself or distilled.',
      features: (trajectory) => columns([...lossesByEpoch(trajectory), ceLosses(trajectory.final)]),
    },
    shadow,
  );
}
