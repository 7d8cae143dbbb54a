import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { fastWords } from '../platform/math/fast-normals';
import { randomStream } from '../platform/math/random';
import { logSoftmax, sumInOrder } from '../signals/log-softmax';
import type { DefenseDefinition } from '../training/defense';
import type { Records, TrainingKey } from '../training/records';
import { baseLossSchema, teacher, withBase } from './base-loss';
import { dmpLoss } from './dmp';
import { inputRange, type InputRange } from './random-inputs';
import { probabilitiesOf } from './soft-labels';

const parameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 1, 'T, by which logits of teacher and student are divided'),
    perMember: numberIn('(0, 100]', 1, 'number of synthetic records, as a multiple of the members'),
    steps: numberIn('[0, 10000]', 100, 'how often each synthetic record is changed and tried', true),
    base: baseLossSchema,
  })
  .strict();

/**
 * Data-free distillation in a small form that serves tables and pictures: the released model sees neither members nor other
 * people's records, but learns, by T^2 KL(teacher_T || student_T), how a teacher trained on the members answers synthetic
 * records, which a search finds by asking the teacher alone. What it takes from the data is the range of each feature (or
 * channel), and whether all values are 0 or 1. `base` is the teacher's loss.
 *
 * The search comes before the first epoch, in one piece: `steps` forward passes of all synthetic records.
 *
 * The form that Aerni et al. tested trains a generator network against the statistics of the teacher's batch norms (Fang et
 * al. 2022), which tables' networks do not have.
 */
export const dataFreeDistillation: DefenseDefinition<typeof parameters> = {
  title: 'Data-free distillation, by search',
  short: 'Data-free distillation',
  source:
    'Aerni, Zhang and Tramer, CCS 2024, arXiv:2404.17399 (as a defense); synthesis: Shokri et al., S&P 2017, section V-C',
  parameters,
  changes: ['stages', 'labels'],
  needs: [],
  claim:
    'little leakage on average at some cost in accuracy; records with wrong labels leak all the same (Aerni et al.)',
  revision: 1,
  create: ({ temperature, perMember, steps, base }) => ({
    label: `Data-free distillation (T ${temperature}, ${perMember} a member, ${steps} steps)${withBase(base)}`,
    teachers: (setup) => [teacher(setup, base)],
    training({ members, classes, inputShape, key }, [{ logits }]) {
      const training = synthesize(logits, {
        n: Math.ceil(perMember * members.y.length),
        steps,
        classes,
        size: members.x.length / members.y.length,
        range: inputRange(members.x, inputShape),
        key,
      });
      const labels = Float32Array.from(probabilitiesOf(logits(training.x), classes, temperature));
      return { loss: dmpLoss(labels, temperature), training };
    },
  }),
};

export interface SynthesisOptions {
  /** How many records. */
  readonly n: number;
  /** How often each record is changed and tried. */
  readonly steps: number;
  readonly classes: number;
  /** Values in one input. */
  readonly size: number;
  readonly range: InputRange;
  readonly key: TrainingKey;
}

/** After so many trials in a row without success, half as many values of a record are changed in the next. */
const patience = 5;

/**
 * Records that a model takes for members of their class, found by asking the model alone (Shokri et al., S&P 2017, section
 * V-C, algorithm 1, without its last phase): from a random input, some values are drawn anew, and the change is kept if the
 * probability of the wanted class does not fall. A quarter of the values at first, down to one in 150.
 *
 * @param logits row-major [rows, classes], of any inputs
 * @returns with the wanted classes, each as often as any other
 */
export function synthesize(
  logits: (x: Float32Array) => Float32Array,
  { n, steps, classes, size, range, key }: SynthesisOptions,
): Records {
  const words = fastWords(randomStream({ ...key, purpose: 'synthetic' }));
  const draw = drawer(words, range);
  const y = Int32Array.from({ length: n }, (_, i) => i % classes);
  const x = new Float32Array(n * size);
  for (let at = 0; at < x.length; at++) x[at] = draw(at % range.low.length);
  const best = classScores(logits(x), y, classes);
  const changed = new Int32Array(n).fill(Math.ceil(size / 4));
  const failures = new Int32Array(n);
  const fewest = Math.ceil(size / 150);
  const tried = new Float32Array(x.length);
  const places = new Uint32Array(Math.ceil(size / 4));
  for (let step = 0; step < steps; step++) {
    tried.set(x);
    for (let i = 0; i < n; i++) {
      const own = places.subarray(0, changed[i]);
      words.indices(own, size);
      for (const place of own) tried[i * size + place] = draw(place % range.low.length);
    }
    const scores = classScores(logits(tried), y, classes);
    for (let i = 0; i < n; i++) {
      if (scores[i] >= best[i]) {
        best[i] = scores[i];
        failures[i] = 0;
        x.set(tried.subarray(i * size, (i + 1) * size), i * size);
      } else if (++failures[i] === patience) {
        failures[i] = 0;
        changed[i] = Math.max(fewest, Math.ceil(changed[i] / 2));
      }
    }
  }
  return { x, y };
}

/** Uniform values of a feature or channel. */
function drawer(
  words: ReturnType<typeof fastWords>,
  { low, high, binary }: InputRange,
): (place: number) => number {
  const pool = new Uint32Array(4096);
  let used = pool.length;
  return (place) => {
    if (used === pool.length) {
      words.fill(pool);
      used = 0;
    }
    const word = pool[used++];
    return binary ? word >>> 31 : low[place] + word * 2 ** -32 * (high[place] - low[place]);
  };
}

/** ln p of the wanted class, [n]. */
function classScores(logits: Float32Array, y: Int32Array, classes: number): Float64Array {
  const all = logSoftmax({ n: y.length, classes, logits }, sumInOrder);
  return Float64Array.from(y, (label, i) => all[i * classes + label]);
}
