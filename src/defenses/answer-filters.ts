import { z } from 'zod';
import { numberIn, oneOfNames } from '../losses/parameters';
import type { DefenseDefinition } from '../training/defense';
import { baseLossSchema } from './base-loss';
import { answeredLog, outputDefense, rowFilter, type OutputRow } from './output-rows';

// Defenses that change the answers alone, each row by itself and without the model.

const roundingParameters = z
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
export const rounding: DefenseDefinition<typeof roundingParameters> = {
  title: 'Rounded probabilities',
  short: 'Rounding',
  source: 'Shokri et al., S&P 2017, section VIII; decimals as in ART (art/defences/postprocessor/rounded.py)',
  parameters: roundingParameters,
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

const topKParameters = z
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
export const topK: DefenseDefinition<typeof topKParameters> = {
  title: 'Top-k classes only',
  short: 'Top',
  source: 'Shokri et al., S&P 2017, section VIII; Salem et al., NDSS 2019',
  parameters: topKParameters,
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

const temperatureParameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 5, 'divides the logits; above 1 flattens, below 1 sharpens'),
    base: baseLossSchema,
  })
  .strict();

/** Answers softmax(z / T). The prediction stays, and whoever knows T gets the old probabilities back. */
export const temperature: DefenseDefinition<typeof temperatureParameters> = {
  title: 'Softmax temperature',
  short: 'Temperature',
  source: 'Shokri et al., S&P 2017, section VIII (temperatures 5 and 20)',
  parameters: temperatureParameters,
  changes: ['outputs'],
  needs: [],
  claim: 'same accuracy, some gain in privacy at high temperatures',
  revision: 1,
  create: ({ temperature: divisor, base }) =>
    outputDefense(`Temperature ${divisor}`, base, ({ classes }) =>
      rowFilter(classes, ({ logProbabilities }) => logProbabilities.map((each) => each / divisor)),
    ),
};

const reverseSigmoidParameters = z
  .object({
    beta: numberIn('(0, Infinity)', 1, 'size of the perturbation'),
    gamma: numberIn('(0, Infinity)', 0.1, 'steepness of its sigmoid'),
    base: baseLossSchema,
  })
  .strict();

/** Least distance of a probability from 0 and 1 in the perturbation, as in ART. */
const leastDistance = 1e-9;

/**
 * Answers p_k - beta (sigmoid(gamma ln(p_k / (1 - p_k))) - 1/2), cut to [0, 1] and divided by the sum: large probabilities
 * shrink, small ones grow, and one answer stands for several inputs. The prediction can go to a class near 0: with the
 * defaults where no class has more than about 0.4. Rows never sum to 0: no probability up to 1/2 is lowered.
 */
export const reverseSigmoid: DefenseDefinition<typeof reverseSigmoidParameters> = {
  title: 'Reverse sigmoid',
  short: 'Reverse sigmoid',
  source: 'Lee et al., SPW 2019, arXiv:1806.00054; as ART (art/defences/postprocessor/reverse_sigmoid.py)',
  parameters: reverseSigmoidParameters,
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
function perturbed(probabilities: Float64Array, beta: number, gamma: number): Float64Array {
  const moved = probabilities.map((p) => {
    const inside = Math.min(Math.max(p, leastDistance), 1 - leastDistance);
    const sigmoid = 1 / (1 + ((1 - inside) / inside) ** gamma);
    return Math.min(Math.max(p - beta * (sigmoid - 0.5), 0), 1);
  });
  const sum = moved.reduce((total, p) => total + p, 0);
  return moved.map((p) => p / sum);
}
