import type { RandomStream } from '../platform/math/random';

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
