import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { baseLossSchema } from './base-loss';
import type { DefenseDefinition } from '../training/defense';
import { outputDefense, rowFilter } from './output-rows';

const parameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 5, 'divides the logits; above 1 flattens, below 1 sharpens'),
    base: baseLossSchema,
  })
  .strict();

/** Answers softmax(z / T). The prediction stays, and whoever knows T gets the old probabilities back. */
export const temperature: DefenseDefinition<typeof parameters> = {
  title: 'Softmax temperature',
  short: 'Temperature',
  source: 'Shokri et al., S&P 2017, section VIII (temperatures 5 and 20)',
  parameters,
  changes: ['outputs'],
  needs: [],
  claim: 'same accuracy, some gain in privacy at high temperatures',
  revision: 1,
  create: ({ temperature: divisor, base }) =>
    outputDefense(`Temperature ${divisor}`, base, ({ classes }) =>
      rowFilter(classes, ({ logProbabilities }) => logProbabilities.map((each) => each / divisor)),
    ),
};
