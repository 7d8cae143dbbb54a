import { describe, expect, it } from 'vitest';
import { ceLosses, scaledLogit, trueClassProbability } from '../../src/signals/log-softmax';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import {
  augmentedScaledLogits,
  crossEntropies,
  modelRow,
  populationScaledLogits,
  scaledLogits,
  trueClassProbabilities,
} from '../../src/signals/statistics';

const numbers = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(7 * i) * 5);
const set = memorySignalSet({
  logits: numbers(2 * 4 * 3),
  labels: [0, 1, 2, 1],
  members: [1, 0, 1, 0, 0, 1, 0, 1],
  augmented: { copies: 2, logits: numbers(2 * 4 * 2 * 3) },
  population: { labels: [2, 0], logits: numbers(2 * 2 * 3) },
});

describe('statistics of all models', () => {
  it('are those of each model, in its row', () => {
    for (const m of [0, 1]) {
      expect(modelRow(scaledLogits(set), set.n, m)).toEqual(scaledLogit(set.model(m)));
      expect(modelRow(crossEntropies(set), set.n, m)).toEqual(ceLosses(set.model(m)));
      expect(modelRow(trueClassProbabilities(set), set.n, m)).toEqual(trueClassProbability(set.model(m)));
    }
  });

  it('ask each model once', () => {
    let asked = 0;
    const counting = { ...set, model: (m: number) => (asked++, set.model(m)) };
    scaledLogits(counting);
    crossEntropies(counting);
    trueClassProbabilities(counting);
    expect(asked).toBe(2);
    expect(scaledLogits(counting)).toBe(scaledLogits(counting));
  });

  it('of copies belong to their record, of the population to its labels', () => {
    const copies = augmentedScaledLogits(set)!;
    const second = scaledLogit({
      n: 1,
      classes: 3,
      logits: set.augmented!.model(1).subarray(9, 12),
      labels: Int32Array.of(1),
    });
    expect(copies[1 * 8 + 3]).toBe(second[0]);
    const population = populationScaledLogits(set)!;
    const own = scaledLogit({
      n: 1,
      classes: 3,
      logits: set.population!.model(1).subarray(0, 3),
      labels: Int32Array.of(2),
    });
    expect(population[2]).toBe(own[0]);
  });

  it('are absent where the outputs are', () => {
    const bare = { ...set, augmented: undefined, population: undefined };
    expect(augmentedScaledLogits(bare)).toBeUndefined();
    expect(populationScaledLogits(bare)).toBeUndefined();
  });
});
