import { z } from 'zod';
import { fillNormals } from '../platform/math/normal-stream';
import { randomStream } from '../platform/math/random';
import type { SignalSet } from '../signals/signal-set';
import type { AttackContext, AttackScores } from './attack';
import { aboveZero, defineAttack, option, positive, type Filled } from './define-attack';
import { ask, labelOnlyScores, labelQueryShape } from './label-query';

const shape = {
  ...labelQueryShape,
  noise: option(
    z.enum(['gaussian', 'flip']).default('gaussian'),
    'gaussian adds normal noise and clips; flip turns a value v into lowest + highest - v (bits)',
    'Choquette-Choo et al. 2021; SELENA flips bits',
  ),
  levels: option(
    z.array(aboveZero).min(1, 'Must hold at least one').default([0.05, 0.1, 0.2]),
    'standard deviations of the noise, or probabilities of a flip',
    'ours; Choquette-Choo et al. 2021 choose one on the shadow model',
  ),
  copies: option(positive.default(30), 'noisy copies a level', 'ours'),
};

type Options = Filled<typeof shape>;

/**
 * Label-only attack by random noise (Choquette-Choo et al. 2021, ICML, arXiv:2007.14321, section 3.3): the share of noisy copies of
 * a record that are still classified rightly stands in for its distance to the boundary. All records get the same noise.
 */
export const randomNoise = defineAttack(shape, (options) => {
  const { noise, levels, copies } = options;
  return {
    name: noise === 'gaussian' ? 'random-noise' : 'random-noise/flip',
    title: `Random noise (label-only, ${noise === 'gaussian' ? 'Gaussian' : 'flipped bits'})`,
    formula: `share of right labels among x and ${copies} copies at each of the levels ${levels.join(', ')}`,
    reference: 'Choquette-Choo et al. 2021, arXiv:2007.14321',
    threatModel:
      'The predicted class of any input; each record and its label; a shadow model that can be asked sets the cut, if given.',
    needs: options.query === undefined ? ['query'] : [],
    fittedOn: 'nothing',
    cost: { queries: `${1 + copies * levels.length} a record`, models: 'one shadow model for its cut' },
    differences:
      'The paper chooses one level on the shadow model; here the share over several levels is fixed beforehand. ' +
      'SELENA flips bits of its binary data, the form `flip`.',
    scores: (set, context) => score(set, options, context),
  };
});

function score(set: SignalSet, options: Options, { seed, signal }: AttackContext): AttackScores {
  const count = options.copies * options.levels.length;
  let offsets: Float64Array | undefined;
  return labelOnlyScores(
    set,
    'random-noise',
    options,
    ({ query, x, width, labels }, i) => {
      offsets ??= noiseOf(options, width, seed);
      const rows = new Float32Array((1 + count) * width);
      const own = x.subarray(i * width, (i + 1) * width);
      rows.set(own);
      for (let at = 0; at < count * width; at++) {
        rows[width + at] = noisy(own[at % width], offsets[at], options);
      }
      const answers = ask(query, rows, width);
      let right = 0;
      for (let k = 0; k <= count; k++) if (answers[k] === labels[i]) right++;
      return right / (1 + count);
    },
    signal,
  );
}

/** For each copy and feature the noise to add, or 1 = flip, [levels * copies, d]. */
function noiseOf({ noise, levels, copies }: Options, width: number, seed: number): Float64Array {
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'noise' });
  const out = new Float64Array(levels.length * copies * width);
  if (noise === 'gaussian') fillNormals(out, stream);
  const size = copies * width;
  for (let at = 0; at < out.length; at++) {
    const level = levels[Math.floor(at / size)];
    if (noise === 'gaussian') out[at] *= level;
    else out[at] = stream.uniform() < level ? 1 : 0;
  }
  return out;
}

function noisy(value: number, offset: number, { noise, lowest, highest }: Options): number {
  if (noise === 'flip') return offset === 1 ? lowest + highest - value : value;
  return Math.min(highest, Math.max(lowest, value + offset));
}
