import { createHash } from 'node:crypto';
import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { randomStream } from '../platform/math/random';
import { logSoftmax } from '../signals/log-softmax';
import type { DefenseDefinition, OutputFilter, OutputSetup } from '../training/defense';
import type { TrainingKey } from '../training/records';
import { baseLossSchema } from './base-loss';
import { type AttackNetwork, trainAttackNetwork } from './memguard-network';
import { memguardNoise } from './memguard-noise';
import { fromLargest, outputDefense, rowFilter } from './output-rows';

const parameters = z
  .object({
    budget: numberIn('[0, 2]', 1, 'expected L1 distortion of the probabilities that is allowed an answer'),
    width: numberIn(
      '[4, 4096]',
      64,
      "first hidden layer of the defender's network; the next two have a half and a quarter",
      true,
    ),
    epochs: numberIn('[1, Infinity)', 20, "epochs of the defender's network", true),
    rate: numberIn('(0, Infinity)', 0.001, "Adam's learning rate for it"),
    steps: numberIn('[1, Infinity)', 300, 'most steps of the search for noise', true),
    base: baseLossSchema,
  })
  .strict();

export type MemGuardOptions = z.output<typeof parameters>;

/**
 * MemGuard: noise on the answers that makes a membership classifier of the defender's own undecided, with the prediction
 * unchanged and the expected distortion within a budget. The defender's network learns to tell the target's answers on
 * its members from those on an inference set. Whether noise is added to an answer is drawn once a query, from the
 * query's own bytes, so that asking again tells nothing new.
 */
export const memguard: DefenseDefinition<typeof parameters> = {
  title: 'MemGuard',
  short: 'MemGuard',
  source:
    'Jia et al., CCS 2019, arXiv:1909.10594; defense_framework.py of the official code, whose network has widths 256, 128, ' +
    '64 and 400 epochs of SGD at 0.001; on Location30 the smaller one finds as much noise in a fifth of the time',
  parameters,
  changes: ['outputs'],
  needs: ['inference'],
  claim: 'same accuracy; attack networks on Location30 fall to guessing at a budget of 1',
  revision: 1,
  create: (options) =>
    outputDefense(`MemGuard (budget ${options.budget})`, options.base, (setup) => {
      const network = defenderNetwork(setup, options);
      return memguardFilter(network, setup, options);
    }),
};

/** Trains the defender's classifier on sorted probabilities. */
export function defenderNetwork(
  { tf, classes, members, inference, logits, key }: OutputSetup,
  { width, epochs, rate }: MemGuardOptions,
): AttackNetwork {
  const [inside, outside] = [members.x, inference!.x].map((x) => sortedProbabilities(logits(x), classes));
  return trainAttackNetwork(tf, inside, outside, classes, {
    hidden: [width, Math.ceil(width / 2), Math.ceil(width / 4)],
    epochs,
    batchSize: 64,
    rate,
    key: networkKey(key),
  });
}

/** Answers with the noise of each row where its coin says so. */
export function memguardFilter(
  network: AttackNetwork,
  { classes, key }: Pick<OutputSetup, 'classes' | 'key'>,
  options: Pick<MemGuardOptions, 'budget' | 'steps'>,
): OutputFilter {
  return rowFilter(classes, ({ logProbabilities }, query) => {
    const { noisy, probability } = memguardNoise(network, logProbabilities, options);
    return coin(key, query) < probability ? noisy : fromLargest(logProbabilities);
  });
}

/** A number of the query alone, uniform on [0, 1): its hash is the address in the model's stream. */
function coin(key: TrainingKey, query: Float32Array): number {
  const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
  const hash = createHash('sha256').update(bytes).digest();
  return randomStream({
    ...key,
    purpose: 'answer',
    epoch: hash.readUInt32LE(0),
    step: hash.readUInt32LE(4),
  }).uniform();
}

function sortedProbabilities(logits: Float32Array, classes: number): Float32Array {
  const n = logits.length / classes;
  const out = Float32Array.from(logSoftmax({ n, classes, logits }), Math.exp);
  for (let row = 0; row < n; row++) out.subarray(row * classes, (row + 1) * classes).sort();
  return out;
}

/** The last of the 64 places for teachers of a model, so that the network shares no random number with the model or its teachers. */
function networkKey({ seed, role, index }: TrainingKey): TrainingKey {
  return { seed, role: 'part', index: (role === 'target' ? 0 : index + 1) * 64 + 63 };
}
