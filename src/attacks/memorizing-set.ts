import { joined } from '../math/joined';
import { randomStream } from '../math/random';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';

const models = 12;
const records = 240;
const classes = 6;
const copies = 2;
const populationRecords = 120;

/**
 * Models that know their members by heart and nothing else: each record is in half of them, and its true class stands out
 * by 8 where it is a member. With altered copies, population, groups, gradient norms and trajectory, so that every attack runs
 * that asks for no more than a file holds.
 *
 * @param seed an integer in [0, 2^32)
 */
export function memorizingSet(seed: number): SignalSet {
  const noise = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
  const labels = Int32Array.from({ length: records }, (_, i) => i % classes);
  const members = memberships(seed);
  const outputs = (member: (i: number) => number, labelOf: (i: number) => number, n: number): Float64Array =>
    Float64Array.from({ length: n * classes }, (_, at) => {
      const i = Math.floor(at / classes);
      return noise.uniform() + (at % classes === labelOf(i) ? 8 * member(i) : 0);
    });
  const label = (i: number): number => labels[i];
  return memorySignalSet({
    labels,
    members,
    logits: members.map((row) => outputs((i) => row[i], label, records)),
    augmented: {
      copies,
      logits: members.map((row) =>
        outputs(
          (at) => row[Math.floor(at / copies)],
          (at) => labels[Math.floor(at / copies)],
          records * copies,
        ),
      ),
    },
    population: {
      labels: Int32Array.from({ length: populationRecords }, (_, z) => z % classes),
      logits: members.map(() =>
        outputs(
          () => 0,
          (z) => z % classes,
          populationRecords,
        ),
      ),
    },
    groups: Array.from({ length: records }, (_, i) => (i % 5 < 2 ? 'north' : 'south')),
    gradientNorms: {
      kinds: 1,
      values: Float64Array.from({ length: records }, (_, i) => noise.uniform() + 4 * (1 - members[0][i])),
    },
    trajectory: {
      epochs: 2,
      logits: outputs(
        (at) => members[0][Math.floor(at / 2)],
        (at) => labels[Math.floor(at / 2)],
        records * 2,
      ),
    },
  });
}

/** Each record in half of the models, drawn anew for each record. */
function memberships(seed: number): Uint8Array[] {
  const rows = Array.from({ length: models }, () => new Uint8Array(records));
  for (let i = 0; i < records; i++) {
    const order = randomStream({ seed, role: 'evaluation', purpose: 'split', step: i }).permutation(models);
    for (let k = 0; k < models / 2; k++) rows[order[k]][i] = 1;
  }
  return rows;
}

/** The same set with other memberships, or with its records in another order. */
export function rearranged(
  set: SignalSet,
  change: { readonly members?: readonly Uint8Array[]; readonly order?: Int32Array },
): SignalSet {
  const order = change.order ?? Int32Array.from(set.labels.keys());
  const { members = set.members } = change;
  const take = (values: Float64Array | Float32Array, width: number): Float64Array => {
    const rows = new Float64Array(values.length);
    order.forEach((from, to) => rows.set(values.subarray(from * width, (from + 1) * width), to * width));
    return rows;
  };
  const { augmented, population, groups, gradientNorms, trajectory } = set;
  const all = Array.from({ length: set.models }, (_, m) => m);
  return memorySignalSet({
    labels: Int32Array.from(order, (i) => set.labels[i]),
    recordNumbers: order,
    members: members.map((row) => Uint8Array.from(order, (i) => row[i])),
    logits: all.map((m) => take(set.model(m).logits, set.classes)),
    target: set.target,
    ...(augmented && {
      augmented: {
        copies: augmented.copies,
        logits: all.map((m) => take(augmented.model(m), augmented.copies * set.classes)),
      },
    }),
    ...(population && {
      population: {
        labels: population.labels,
        logits: joined(
          Float64Array,
          all.map((m) => Float64Array.from(population.model(m))),
        ),
      },
    }),
    ...(groups && { groups: Array.from(order, (i) => groups[i]) }),
    ...(gradientNorms && {
      gradientNorms: { kinds: gradientNorms.kinds, values: take(gradientNorms.values, gradientNorms.kinds) },
    }),
    ...(trajectory && {
      trajectory: {
        epochs: trajectory.epochs,
        logits: take(trajectory.logits, trajectory.epochs * set.classes),
      },
    }),
  });
}
