import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { baseLossSchema } from './base-loss';
import type { DefenseDefinition } from '../training/defense';
import { answeredLog, outputDefense, rowFilter } from './output-rows';

const parameters = z
  .object({
    decimals: numberIn('[0, 15]', 3, 'digits after the point that are kept', true),
    base: baseLossSchema,
  })
  .strict();

/**
 * Answers with rounded probabilities: p to so many decimals, a half to the even neighbor as numpy.round. What rounds to 0
 * is answered as `answeredLog(0)`, and a row of zeros is uniform. The sum may differ from 1; attacks see the row divided by
 * it. The prediction can change only where two classes round to the same number: the first of them is then taken.
 */
export const rounding: DefenseDefinition<typeof parameters> = {
  title: 'Rounded probabilities',
  short: 'Rounding',
  source: 'Shokri et al., S&P 2017, section VIII; decimals as in ART (art/defences/postprocessor/rounded.py)',
  parameters,
  changes: ['outputs'],
  needs: [],
  claim: 'same accuracy, next to no gain in privacy',
  promise: 'no more privacy',
  revision: 1,
  create: ({ decimals, base }) =>
    outputDefense(`Rounding (${decimals} decimals)`, base, ({ classes }) =>
      rowFilter(classes, ({ probabilities }) => probabilities.map((p) => answeredLog(rounded(p, decimals)))),
    ),
};

/** p to a number of decimals, a half to the even neighbor; p in [0, 1]. */
export function rounded(p: number, decimals: number): number {
  const scale = 10 ** decimals;
  const scaled = p * scale;
  const whole = Math.round(scaled);
  const isHalf = Math.abs(scaled - Math.trunc(scaled)) === 0.5;
  return (isHalf && whole % 2 !== 0 ? whole - 1 : whole) / scale;
}
