import { z } from 'zod';
import { UserError } from '../errors';
import type { Loss } from '../losses/loss';
import { numberIn, oneOfNames } from '../losses/parameters';
import { addNormalNoise } from '../platform/backend/normal-noise';
import type { Tensor, Tensor2D } from '../platform/backend/tensor';
import { randomStream, type RandomStream } from '../platform/math/random';
import { lossGradient } from '../training/batch-loss';
import type { DefenseDefinition, LoopRun, LoopSetup, Step, StepGradient } from '../training/defense';
import { lastEpoch, type Recipe } from '../training/recipe';
import { type Accountant, epsilonSpent, noiseMultiplierFor } from './accountant/accountant';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    clipNorm: numberIn('(0, Infinity)', 1, "largest length of a record's gradient"),
    noiseMultiplier: numberIn('[0, Infinity)', 1, 'deviation of the noise in units of the clip norm'),
    targetEpsilon: numberIn(
      '[0, Infinity)',
      0,
      'if above 0, the noise is the least with which the training spends at most this epsilon',
    ),
    delta: numberIn('(0, 1)', 1e-5, 'delta of the epsilon'),
    sampling: oneOfNames<'poisson' | 'shuffle'>(
      ['poisson', 'shuffle'],
      'poisson',
      'each record enters each step by its own coin, or batches are cut from a random order',
    ),
    accountant: oneOfNames<Accountant>(
      ['pld', 'rdp'],
      'pld',
      'how epsilon is accounted: near-tight, or by Renyi divergences',
    ),
    base: baseLossSchema,
  })
  .strict();

/** Options of `dp-sgd`, every default filled in. */
export type DpSgdOptions = z.output<typeof parameters>;

/**
 * DP-SGD (Abadi et al., CCS 2016, arXiv:1607.00133, algorithm 1). A step's gradient is
 * (sum over its records of g_i min(1, C / |g_i|) + N(0, (sigma C)^2)) / B
 * with clip norm C, noise multiplier sigma and the recipe's batch size B, which Poisson batches have on average. The lengths
 * |g_i| come in closed form, so a step costs a little more than a plain one, and the noise. Momentum, weight decay and all else that
 * the recipe does with a gradient come after, and spend nothing.
 *
 * The noise comes from a seeded generator, so that an epsilon accounts for the experiment and guarantees nothing; see
 * `dpSgdPrivacy`.
 */
export const dpSgd: DefenseDefinition<typeof parameters> = {
  title: 'DP-SGD',
  short: 'DP-SGD',
  source:
    'Abadi et al., CCS 2016, arXiv:1607.00133, algorithm 1; clipping in closed form: Goodfellow 2015, arXiv:1510.01799',
  parameters,
  changes: ['batch', 'gradient'],
  needs: [],
  claim: 'bounds what any attack can learn, at a large cost in accuracy where epsilon is small',
  revision: 2,
  create(options) {
    const loss = baseLoss(options.base);
    if (loss.kind === 'batch') {
      throw new UserError(
        `DP-SGD clips each record's own gradient, but the loss ${loss.name} has none: it is one value of the whole batch. ` +
          'Choose another base loss.',
      );
    }
    const { clipNorm, noiseMultiplier, targetEpsilon, delta } = options;
    const privacy = targetEpsilon > 0 ? `epsilon ${targetEpsilon} at ${delta}` : `noise ${noiseMultiplier}`;
    const label = `DP-SGD (${privacy}, clip ${clipNorm})${withBase(options.base)}`;
    return { label, training: () => ({ loop: (setup) => openDpSgd(loss, options, setup) }) };
  },
};

/** What a training with DP-SGD spends. */
export interface DpSgdPrivacy {
  readonly noiseMultiplier: number;
  /** Infinity without noise. */
  readonly epsilon: number;
  readonly delta: number;
  /** Chance of a record to enter a step; 1 for `shuffle`, where nothing is gained by sampling. */
  readonly sampleRate: number;
  /** Steps that count: all of them; for `shuffle` one an epoch, since each record is in one batch. */
  readonly steps: number;
}

/**
 * Epsilon of a whole training with DP-SGD, to the last epoch of its recipe. With Poisson sampling neighboring data sets
 * differ by one record added or removed. Batches cut from a random order are not accounted as if they were Poisson: each
 * record enters one step an epoch and the noise of each epoch protects it alone, so this counts epochs without sampling;
 * neighbors there differ by one record whose gradient is left out.
 *
 * The numbers presuppose noise and batches that nobody can reproduce. Here they come from a seed, so that they account for
 * the experiment and guarantee nothing.
 *
 * @param records number of records trained on
 * @throws UserError if a target epsilon cannot be reached
 */
export function dpSgdPrivacy(
  { noiseMultiplier, targetEpsilon, delta, sampling, accountant }: Omit<DpSgdOptions, 'base' | 'clipNorm'>,
  records: number,
  recipe: Pick<Recipe, 'batchSize' | 'epochs' | 'stopAfter'>,
): DpSgdPrivacy {
  const poisson = sampling === 'poisson';
  const epochs = lastEpoch(recipe as Recipe);
  const sampleRate = poisson ? recipe.batchSize / records : 1;
  const steps = poisson ? epochs * stepsOfEpoch(records, recipe.batchSize) : epochs;
  const noise =
    targetEpsilon > 0
      ? noiseMultiplierFor({ epsilon: targetEpsilon, delta, sampleRate, steps }, accountant)
      : noiseMultiplier;
  const epsilon = epsilonSpent({ sampleRate, noiseMultiplier: noise, steps }, delta, accountant);
  return { noiseMultiplier: noise, epsilon, delta, sampleRate, steps };
}

function stepsOfEpoch(records: number, batchSize: number): number {
  return Math.ceil(records / batchSize);
}

function openDpSgd(
  loss: Loss,
  options: DpSgdOptions,
  { network, recipe, training, key }: LoopSetup,
): LoopRun {
  if (network.hasBatchNorm) {
    throw new UserError(
      `DP-SGD needs gradients of single records, but ${network.spec.name} has batch norm, which mixes the records of a batch. ` +
        "Choose group norm: the model's option norm: 'group'.",
    );
  }
  const n = training.y.length;
  const { batchSize } = recipe;
  const { clipNorm, sampling } = options;
  const noiseMultiplier =
    options.targetEpsilon > 0 ? dpSgdPrivacy(options, n, recipe).noiseMultiplier : options.noiseMultiplier;
  const settings = { loss, clipNorm, noiseMultiplier, batchSize };
  const gradient = (step: Step): StepGradient => dpSgdGradient(step, settings);
  if (sampling === 'shuffle') return { gradient };
  const steps = stepsOfEpoch(n, batchSize);
  return {
    gradient,
    batches: (epoch) =>
      poissonBatches(n, batchSize / n, steps, randomStream({ ...key, purpose: 'order', epoch })),
  };
}

interface DpSgdSettings {
  readonly loss: Loss;
  readonly clipNorm: number;
  readonly noiseMultiplier: number;
  /** What the sum is divided by: the expected size of a batch. */
  readonly batchSize: number;
}

/** The noisy mean of clipped gradients; of an empty batch the noise alone. */
export function dpSgdGradient(step: Step, settings: DpSgdSettings): StepGradient {
  const { tf, network, key } = step;
  const { clipNorm, noiseMultiplier, batchSize } = settings;
  const { values, gradients } =
    step.records.length > 0
      ? clippedMean(step, settings)
      : { values: tf.tensor1d([0]), gradients: network.parameters.map(({ shape }) => tf.zeros([...shape])) };
  if (noiseMultiplier === 0) return { values, gradients, buffers: [] };
  const deviation = (noiseMultiplier * clipNorm) / batchSize;
  const noisy = addNormalNoise(tf, gradients, deviation, randomStream({ ...key, purpose: 'noise' }));
  tf.dispose(gradients as Tensor[]);
  return { values, gradients: noisy, buffers: [] };
}

/** Losses, and sum over records of g_i min(1, C / |g_i|), divided by the expected batch size. */
function clippedMean(
  { tf, network, tensors, x, oneHot, key }: Step,
  { loss, clipNorm, batchSize }: DpSgdSettings,
): Pick<StepGradient, 'values' | 'gradients'> {
  const { logits, saved } = network.forward(tf, tensors, x, key);
  const { values, own } = tf.tidy(() => {
    const { values: losses, logitGradient } = lossGradient(tf, loss, logits, oneHot);
    return { values: losses, own: logitGradient.mul<Tensor2D>(logits.shape[0]) };
  });
  const clip = { clipNorm, scale: 1 / batchSize };
  const gradients = network.clippedGradients(tf, tensors, saved, own, clip);
  tf.dispose([logits, own]);
  return { values, gradients };
}

/**
 * The batches of some steps under Poisson sampling: each of n records enters each batch with chance `rate`, independently
 * of everything else. Batches have rate n records on average and may be empty; records are in ascending order.
 *
 * Draws the gaps between entries, which are geometric: one random number an entry.
 *
 * @param rate in (0, 1]
 */
export function poissonBatches(n: number, rate: number, steps: number, stream: RandomStream): Int32Array[] {
  const batches: number[][] = Array.from({ length: steps }, () => []);
  const logMiss = Math.log1p(-rate);
  const end = n * steps;
  // All coins in one row: the coin of record r in step s is number s n + r.
  for (let coin = 0; ; coin++) {
    coin += Math.floor(Math.log(1 - stream.uniform()) / logMiss);
    if (coin >= end) return batches.map((batch) => Int32Array.from(batch));
    batches[Math.floor(coin / n)].push(coin % n);
  }
}
