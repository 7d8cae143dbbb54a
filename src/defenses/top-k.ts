import { z } from 'zod';
import { numberIn, oneOfNames } from '../losses/parameters';
import { baseLossSchema } from './base-loss';
import type { DefenseDefinition } from '../training/defense';
import { answeredLog, outputDefense, rowFilter, type OutputRow } from './output-rows';

const parameters = z
  .object({
    k: numberIn('[1, Infinity)', 3, 'how many classes are answered', true),
    rest: oneOfNames<'zero' | 'shared'>(
      ['zero', 'shared'],
      'zero',
      'zero: the others get 0 and the answered ones are divided by their sum; shared: the others get equal shares of what ' +
        'is missing to 1, which is what an adversary knows who is told the probabilities as they are',
    ),
    base: baseLossSchema,
  })
  .strict();

/**
 * Answers with the k most probable classes only; of equals the first. With k = 1 and the rest at zero this is the label
 * alone. A 0 is answered as `answeredLog(0)`. The prediction stays.
 */
export const topK: DefenseDefinition<typeof parameters> = {
  title: 'Top-k classes only',
  short: 'Top',
  source: 'Shokri et al., S&P 2017, section VIII; Salem et al., NDSS 2019',
  parameters,
  changes: ['outputs'],
  needs: [],
  claim: 'same accuracy, little gain in privacy, even for the label alone',
  promise: 'no more privacy',
  revision: 1,
  create: ({ k, rest, base }) =>
    outputDefense(`Top ${k}${rest === 'zero' ? '' : ' (rest shared)'}`, base, ({ classes }) =>
      rowFilter(classes, (row) => (k >= classes ? row.logProbabilities : topOf(row, k, rest))),
    ),
};

function topOf(
  { logProbabilities, probabilities }: OutputRow,
  k: number,
  rest: 'zero' | 'shared',
): Float64Array {
  const order = Array.from(logProbabilities, (_, i) => i).sort(
    (a, b) => logProbabilities[b] - logProbabilities[a] || a - b,
  );
  const others = order.slice(k);
  const missing = others.reduce((sum, i) => sum + probabilities[i], 0);
  const floor = rest === 'zero' ? answeredLog(0) : answeredLog(missing / others.length);
  const out = logProbabilities.slice();
  if (rest === 'zero') {
    // Divided by the sum of those that are answered.
    const shift = Math.log1p(-missing);
    order.slice(0, k).forEach((i) => (out[i] -= shift));
  }
  others.forEach((i) => (out[i] = floor));
  return out;
}
