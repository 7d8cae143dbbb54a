import type { FinishedModel } from '../../src/experiments/block';
import { randomStream } from '../../src/platform/math/random';
import { ceLosses, correct } from '../../src/signals/log-softmax';

const classes = 4;
const half = 100;

/**
 * A model whose true class stands out by `strength` on its members: own records 0 .. 199 of an even index, the others of
 * an odd one, members at random, and as many records elsewhere. Every record has its label from its number.
 */
export function memorizing(index: number, strength: number): FinishedModel {
  const noise = randomStream({ seed: 1000 + index, role: 'evaluation', purpose: 'synthetic' });
  const order = noise.permutation(2 * half);
  const shift = index % 2 === 0 ? 0 : 2 * half;
  const records = Int32Array.from(order, (r) => r + shift);
  const others = Int32Array.from({ length: 2 * half }, (_, r) => r + 2 * half - shift);
  const labelOf = (record: number): number => record % classes;
  const outputs = (of: Int32Array, isMember: (row: number) => boolean): Float32Array =>
    Float32Array.from({ length: of.length * classes }, (_, at) => {
      const row = Math.floor(at / classes);
      return noise.uniform() + (isMember(row) && at % classes === labelOf(of[row]) ? strength : 0);
    });
  const signals = {
    n: 2 * half,
    classes,
    logits: outputs(records, (row) => row < half),
    labels: records.map(labelOf),
    members: new Uint8Array(2 * half).fill(1, 0, half),
  };
  return {
    role: 'shadow',
    index,
    records,
    signals,
    epochs: Int32Array.of(1),
    losses: ceLosses(signals),
    correct: correct(signals),
    elsewhere: { records: others, labels: others.map(labelOf), logits: outputs(others, () => false) },
  };
}
