import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { baseLossSchema } from './base-loss';
import type { DefenseDefinition } from '../training/defense';
import { answeredLog, outputDefense, rowFilter } from './output-rows';

const parameters = z
  .object({
    beta: numberIn('(0, Infinity)', 1, 'size of the perturbation'),
    gamma: numberIn('(0, Infinity)', 0.1, 'steepness of its sigmoid'),
    base: baseLossSchema,
  })
  .strict();

/** Least distance of a probability from 0 and 1 in the perturbation, as in ART. */
const clip = 1e-9;

/**
 * Answers p_k - beta (sigmoid(gamma ln(p_k / (1 - p_k))) - 1/2), cut to [0, 1] and divided by the sum: large probabilities
 * shrink, small ones grow, and one answer stands for several inputs. The prediction can go to a class near 0: with the
 * defaults where no class has more than about 0.4. Rows never sum to 0: no probability up to 1/2 is lowered.
 */
export const reverseSigmoid: DefenseDefinition<typeof parameters> = {
  title: 'Reverse sigmoid',
  short: 'Reverse sigmoid',
  source: 'Lee et al., SPW 2019, arXiv:1806.00054; as ART (art/defences/postprocessor/reverse_sigmoid.py)',
  parameters,
  changes: ['outputs'],
  needs: [],
  claim: 'made against model stealing: same accuracy; nothing is claimed for membership',
  promise: 'nothing',
  revision: 1,
  create: ({ beta, gamma, base }) =>
    outputDefense(`Reverse sigmoid (beta ${beta}, gamma ${gamma})`, base, ({ classes }) =>
      rowFilter(classes, ({ probabilities }) => perturbed(probabilities, beta, gamma).map(answeredLog)),
    ),
};

/** The probabilities that are answered, [classes]. */
export function perturbed(probabilities: Float64Array, beta: number, gamma: number): Float64Array {
  const moved = probabilities.map((p) => {
    const inside = Math.min(Math.max(p, clip), 1 - clip);
    const sigmoid = 1 / (1 + ((1 - inside) / inside) ** gamma);
    return Math.min(Math.max(p - beta * (sigmoid - 0.5), 0), 1);
  });
  const sum = moved.reduce((total, p) => total + p, 0);
  return moved.map((p) => p / sum);
}
