import type { BlockSpec, FinishedModel, TrainedBlock } from '../../src/experiments/block';

/** A specification that nobody trains; `seed` tells blocks apart. */
export function madeSpec(seed: number, models = 1): BlockSpec {
  return {
    data: { name: 'location30', sha256: 'd'.repeat(64), canaries: null },
    split: { name: 'quarters', options: {} },
    model: { name: 'mlp', options: { features: 446, hidden: [16], classes: 3 } },
    augmentation: { name: 'none', options: {} },
    defense: { name: 'ccel', options: { alpha: 0.5 } },
    recipe: { epochs: 4, batchSize: 10, learningRate: 0.1 } as BlockSpec['recipe'],
    seed,
    models: Array.from({ length: models }, (_, index) => ({ role: 'target', index })),
    part: null,
    compute: { name: 'native', version: '1', threads: 1, gpu: false },
    revisions: { split: 1, augmentation: 1, model: 1, loss: 1, defense: 1, training: 1, ensemble: 1 },
  };
}

/** Outputs with the numbers that are easily lost: negative zero, the smallest and largest ones, infinities. */
export function madeModel(index: number, n = 6, m = 3): FinishedModel {
  const classes = 3;
  const odd = [-0, 1.4e-45, 3.4028234663852886e38, -1e-38, 0.1, 7];
  const number = (i: number): number => odd[(i + index) % odd.length] + i * 0.37;
  const logits = (count: number) => Float32Array.from({ length: count * classes }, (_, i) => number(i) % 9);
  const whole = (count: number, value: (i: number) => number) =>
    Int32Array.from({ length: count }, (_, i) => value(i));
  const E = 2;
  const first = logits(n);
  first[0] = -0;
  return {
    role: 'target',
    index,
    records: whole(n, (i) => 1000 - 3 * i + index),
    signals: {
      n,
      classes,
      logits: first,
      labels: whole(n, (i) => i % classes),
      members: Uint8Array.from({ length: n }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0)),
    },
    epochs: whole(E, (e) => 2 * e + 2),
    losses: Float64Array.from({ length: E * n }, (_, i) => Math.exp(-i * 60 - index)),
    correct: Uint8Array.from({ length: E * n }, (_, i) => (i % 5 === 0 ? 1 : 0)),
    elsewhere: { records: whole(m, (i) => 5 + i), labels: whole(m, () => 2), logits: logits(m) },
  };
}

export function madeBlock(models = 1, n = 6): TrainedBlock {
  return {
    models: Array.from({ length: models }, (_, index) => madeModel(index, n + index)),
    weights: Array.from({ length: models }, (_, index) => ({
      'layer.weight': { data: Float32Array.of(1, -0, index), shape: [3, 1] },
    })),
  };
}
