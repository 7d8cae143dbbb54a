import { joined } from '../platform/math/joined';
import { randomStream } from '../platform/math/random';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';

const classes = 6;
const copies = 2;
const populationRecords = 120;

/** A set of known answer. */
interface Toy {
  readonly models: number;
  readonly records: number;
  /** How far the true class of a member stands out, against noise in [0, 1). */
  readonly known: number;
  /** How far a record's outputs move under all models alike. */
  readonly shared: number;
}

/** Models that know their members by heart and nothing else. */
export function memorizingSet(seed: number): SignalSet {
  return toySet(seed, { models: 12, records: 240, known: 8, shared: 0 });
}

/**
 * Models that leak nothing, of records that are hard or easy for all of them alike: an attack that finds membership here
 * took it from the plan, which puts each record into exactly half of the models.
 *
 * @param models even
 */
export function plannedSet(seed: number, models: number): SignalSet {
  return toySet(seed, { models, records: 960, known: 0, shared: 3 });
}

/** Few models that remember their members a little: to see at once what an attack computes. */
export function behaviorSet(): SignalSet {
  return toySet(11, { models: 8, records: 72, known: 2, shared: 1 });
}

/**
 * Each record is in half of the models, and its true class stands out where it is a member. With altered copies,
 * population, groups, gradient norms and trajectory, so that every attack runs that asks for no more than a file holds.
 *
 * @param seed an integer in [0, 2^32)
 */
function toySet(seed: number, { models, records, known, shared }: Toy): SignalSet {
  const noise = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
  const common = randomStream({ seed, role: 'evaluation', purpose: 'synthetic', epoch: 1 });
  const labels = Int32Array.from({ length: records }, (_, i) => i % classes);
  const members = memberships(seed, models, records);
  const moved = Float64Array.from({ length: records * classes }, () => shared * common.uniform());
  /** Outputs on n rows, so many a record. */
  const outputs = (member: (i: number) => number, n: number, rows = 1): Float64Array =>
    Float64Array.from({ length: n * classes }, (_, at) => {
      const i = Math.floor(at / classes / rows) % records;
      const k = at % classes;
      return noise.uniform() + moved[i * classes + k] + (k === i % classes ? known * member(i) : 0);
    });
  return memorySignalSet({
    labels,
    members,
    logits: members.map((row) => outputs((i) => row[i], records)),
    augmented: { copies, logits: members.map((row) => outputs((i) => row[i], records * copies, copies)) },
    population: {
      labels: Int32Array.from({ length: populationRecords }, (_, z) => z % classes),
      logits: members.map(() => outputs(() => 0, populationRecords)),
    },
    groups: Array.from({ length: records }, (_, i) => (i % 5 < 2 ? 'north' : 'south')),
    gradientNorms: {
      kinds: 1,
      values: Float64Array.from(
        { length: records },
        (_, i) => noise.uniform() + (known / 2) * (1 - members[0][i]),
      ),
    },
    trajectory: { epochs: 2, logits: outputs((i) => members[0][i], records * 2, 2) },
  });
}

/** Each record in half of the models, drawn anew for each record. */
function memberships(seed: number, models: number, records: number): Uint8Array[] {
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
