import { z } from 'zod';
import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';

export const gradientNormParameters = z
  .object({
    /** Which of the norms in the file, counted from 0, or all together. */
    kind: z
      .union([z.literal('all'), z.number().int('Must be a whole number').min(0, 'Counts from 0')])
      .default('all'),
  })
  .strict();

export type GradientNormOptions = z.input<typeof gradientNormParameters>;

/**
 * White-box gradient norms (Nasr, Shokri and Houmansadr 2019, IEEE S&P, arXiv:1812.00910; as scores: RelaxLoss, Chen et al. 2022,
 * arXiv:2207.05801): the loss's gradient by the input or by the weights is small at records that were trained on. Norms a record,
 * never of a batch (`denseGradientNorms` gives them for dense networks).
 */
export function gradientNorm({ kind }: z.output<typeof gradientNormParameters>): SetAttack {
  const all = kind === 'all';
  return {
    name: all ? 'gradient-norm' : `gradient-norm/${kind}`,
    title: all ? 'Gradient norms (white box)' : `Gradient norm ${kind} (white box)`,
    formula: all
      ? '-mean over kinds of ln norm of the gradient of the loss at x'
      : `-norm ${kind} of the gradient of the loss at x`,
    reference: 'Nasr et al. 2019, arXiv:1812.00910; Chen et al. 2022, arXiv:2207.05801',
    threatModel: "The target's weights, each record and its label; no model of its own.",
    needs: ['gradient_norms'],
    fittedOn: 'nothing',
    cost: { queries: '1 gradient a record', models: 'none' },
    differences:
      'The official code of CCL takes the gradient by the weights once a batch and gives it to all records of the batch, which ' +
      'are all members or all non-members: it measures the batch. Its thresholds are set on the target. Neither is repeated.',
    scores: (set) => score(set, kind),
  };
}

function score({ gradientNorms, n }: SignalSet, kind: number | 'all'): AttackScores {
  if (gradientNorms === undefined) {
    throw badInput(
      'gradient_norms',
      undefined,
      'the attack needs them',
      'Pass the array gradient_norms [N, kinds]',
    );
  }
  const { kinds, values } = gradientNorms;
  if (kind === 'all') {
    const scores = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      // The smallest float64 above 0 stands in for a norm of 0.
      for (let k = 0; k < kinds; k++) scores[i] -= Math.log(Math.max(values[i * kinds + k], 5e-324)) / kinds;
    }
    return { scores, notes: kinds === 1 ? [] : [{ code: 'mean-over-norms', norms: kinds }] };
  }
  if (kind >= kinds) {
    throw badInput('kind', kind, `there are ${kinds} norms a record, counted from 0`, 'Name one of them');
  }
  return { scores: Float64Array.from({ length: n }, (_, i) => -values[i * kinds + kind]), notes: [] };
}
