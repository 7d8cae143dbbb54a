import { z } from 'zod';
import { randomStream } from '../platform/math/random';
import type { AttackContext, AttackScores, SetAttack } from './attack';
import type { SignalSet } from '../signals/signal-set';
import { hopSkipJump } from './hop-skip-jump';
import { labelOnlyScores, labelQueryShape } from './label-query';

const positive = z.number().int('Must be a whole number').min(1, 'Must be at least 1');

export const boundaryParameters = z
  .object({
    ...labelQueryShape,
    rounds: positive.default(10),
    /** Queries of the first gradient estimate. */
    firstQueries: positive.default(50),
    mostQueries: positive.default(1000),
    /** Random inputs tried for a first misclassified one. */
    starts: positive.default(100),
  })
  .strict();

export type BoundaryOptions = z.input<typeof boundaryParameters>;
type Options = z.output<typeof boundaryParameters>;

/**
 * Label-only boundary attack (Choquette-Choo et al. 2021, ICML, arXiv:2007.14321; Li and Zhang 2021, ACM CCS, arXiv:2007.15528):
 * members lie farther from the decision boundary. The distance is what HopSkipJump finds with labels alone; a misclassified
 * record has distance 0. All records are asked with the same random numbers, so their order plays no part.
 */
export function boundary(options: Options): SetAttack {
  const { rounds, firstQueries, mostQueries, starts } = options;
  const queries = Array.from({ length: rounds }, (_, t) =>
    Math.min(mostQueries, Math.floor(firstQueries * Math.sqrt(t + 1))),
  ).reduce((sum, count) => sum + count, starts);
  return {
    name: 'boundary',
    title: 'Boundary distance (label-only, HopSkipJump)',
    formula: 'l2 distance from x to the nearest misclassified input found; 0 if x is misclassified',
    reference:
      'Choquette-Choo et al. 2021, arXiv:2007.14321; Li and Zhang 2021, arXiv:2007.15528; HopSkipJump: Chen et al. 2020, arXiv:1904.02144',
    threatModel:
      'The predicted class of any input; each record and its label; a shadow model that can be asked sets the cut, if given.',
    needs: options.query === undefined ? ['query'] : [],
    fittedOn: 'nothing',
    cost: {
      queries: `about ${queries} a record and some dozens a round for the searches`,
      models: 'one shadow model for its cut',
    },
    differences:
      'The Adversarial Robustness Toolbox, which the public codes call, starts at up to 10,000 queries a gradient. The official ' +
      'code of CCL carries the attack, but no command reaches it. A record without a misclassified start has the largest distance.',
    scores: (set, context) => score(set, options, context),
  };
}

function score(set: SignalSet, options: Options, { seed, signal }: AttackContext): AttackScores {
  let without = 0;
  const found = labelOnlyScores(
    set,
    'boundary',
    options,
    ({ query, x, width, labels }, i) => {
      const stream = randomStream({ seed, role: 'evaluation', purpose: 'noise' });
      const own = x.slice(i * width, (i + 1) * width);
      const far = hopSkipJump(query, own, labels[i], options, stream);
      if (far !== Infinity) return far;
      without++;
      return Math.sqrt(width) * (options.highest - options.lowest);
    },
    signal,
  );
  return without === 0
    ? found
    : { ...found, notes: [...found.notes, { code: 'never-misclassified', records: without }] };
}
