import { fastWords } from '../platform/math/fast-normals';
import { randomStream } from '../platform/math/random';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import { unknownClasses } from './shadow-models';

/** What an attack compares a record with: models on both sides of it, or only models that were not trained on it. */
export type Compared = 'in- and out-models' | 'out-models';

/** Memberships whose share is this near one half count as dealt evenly between the two sides. */
const evenly = 0.05;
/** Of the lots, whatever the seed of an attack: which models a record is compared with belongs to the set. */
const lotSeed = 1;

const kept = new WeakMap<SignalSet, Map<Compared, readonly Uint8Array[]>>();

/**
 * Which reference models each record is compared with, for every attack that looks at single records. Not with all of
 * them: where each record is in exactly half of the models (`halfMasks`), a member of the target has one in-model less
 * and one out-model more among the others than a non-member, so that numbers of models tell membership without any
 * output (LiRA on 4 models that know nothing: AUC .63). What an attack sees must have one distribution for members and
 * non-members of a target that leaks nothing:
 * - both sides: as many in-models as out-models, min(in, out) of the record, wherever about half of all memberships are
 *   ones. That is one distribution in every plan that treats all models alike and is as likely as its opposite: exact
 *   halves, some models of them, independent coins. In other plans two numbers that are the same for all records.
 * - out-models alone: the same number for all records, which holds in every plan that treats all models alike.
 *
 * Records with fewer are compared with none. The numbers for all records are those that leave the most information: records
 * that have so many, times the precision of a comparison with so many.
 *
 * Where a record has more, lots decide, drawn by the record's number and the target. A choice by the order of the models
 * would not do: the first model would stand with the out-models of members more often than with those of non-members.
 *
 * A model that knows nothing of a record's class (`unknownClasses`) is not compared with the record.
 *
 * A model whose members are exactly the target's, or exactly the others, is always on the side that gives the record
 * away; it is left out unless there is no other.
 *
 * @returns M arrays [n], 1 = compared with this model; all 0 for the target
 */
export function comparedModels(set: SignalSet, compared: Compared): readonly Uint8Array[] {
  const known = kept.get(set) ?? new Map<Compared, readonly Uint8Array[]>();
  kept.set(set, known);
  const found = known.get(compared) ?? chosen(set, compared);
  known.set(compared, found);
  return found;
}

function chosen(set: SignalSet, compared: Compared): Uint8Array[] {
  const { n, labels, members, recordNumbers, target } = set;
  const used = members.map(() => new Uint8Array(n));
  const models = independentModels(set);
  const blind = new Set(unknownClasses(set).map(({ model, label }) => model * set.classes + label));
  const knows = (m: number, i: number): boolean =>
    blind.size === 0 || !blind.has(m * set.classes + labels[i]);
  const sides = [new Int32Array(n), new Int32Array(n)];
  for (const m of models) for (let i = 0; i < n; i++) if (knows(m, i)) sides[members[m][i]][i]++;
  const wanted = wantedOf(set, models.length, sides, compared);
  const words = new Uint32Array(models.length);
  for (let i = 0; i < n; i++) {
    const left = [sides[0][i], sides[1][i]];
    const need = wanted(left[0], left[1]);
    if (need[0] === 0 || set.audited?.[i] === 0) continue;
    if (need[0] < left[0] || (need[1] > 0 && need[1] < left[1])) {
      const step = recordNumbers === undefined ? i : recordNumbers[i];
      fastWords(
        randomStream({ seed: lotSeed, role: 'evaluation', index: target, purpose: 'comparison', step }),
      ).fill(words);
    }
    // Each subset of the size asked for is equally likely (selection sampling).
    models.forEach((m, at) => {
      if (!knows(m, i)) return;
      const side = members[m][i];
      if (words[at] * 2 ** -32 * left[side] < need[side]) {
        used[m][i] = 1;
        need[side]--;
      }
      left[side]--;
    });
  }
  return used;
}

/** Reference models that are neither the target's twins nor its opposites; all where nothing else is left. */
function independentModels(set: SignalSet): number[] {
  const own = set.members[set.target];
  const all = referenceModels(set);
  const others = all.filter((m) => {
    const row = set.members[m];
    const opposite = row[0] === own[0] ? 0 : 1;
    for (let i = 1; i < set.n; i++) if ((row[i] ^ own[i]) !== opposite) return true;
    return false;
  });
  return others.length > 0 ? others : all;
}

/** With how many out- and in-models a record is compared that has so many of them; [0, 0] = with none. */
type Wanted = (outside: number, inside: number) => [number, number];

function wantedOf(
  { n, members, audited }: SignalSet,
  models: number,
  [outside, inside]: readonly Int32Array[],
  compared: Compared,
): Wanted {
  const both = compared === 'in- and out-models';
  if (both && isEven(members)) {
    return (out, own) => {
      const smaller = Math.min(out, own);
      return [smaller, smaller];
    };
  }
  // Number of records with at least so many out-models (rows) and in-models (columns).
  const width = models + 1;
  const reaching = new Float64Array(width * width);
  for (let i = 0; i < n; i++) if (audited?.[i] !== 0) reaching[outside[i] * width + inside[i]]++;
  for (let at = width * width - 1; at >= 0; at--) {
    const [last, lowest] = [at % width === models, at >= models * width];
    if (!last) reaching[at] += reaching[at + 1];
    if (!lowest) reaching[at] += reaching[at + width];
    if (!last && !lowest) reaching[at] -= reaching[at + width + 1];
  }
  let most = 0;
  let best: [number, number] = [0, 0];
  for (let out = 1; out <= models; out++) {
    for (let own = both ? 1 : 0; own <= (both ? models - out : 0); own++) {
      // The variance beside the target's own: of one mean, or of the middle of two.
      const error = both ? (1 / out + 1 / own) / 4 : 1 / out;
      const information = reaching[out * width + own] / (1 + error);
      if (information <= most) continue;
      most = information;
      best = [out, own];
    }
  }
  return (out, own) => (own >= best[1] && out >= best[0] ? [...best] : [0, 0]);
}

function isEven(members: readonly Uint8Array[]): boolean {
  let ones = 0;
  for (const row of members) for (const flag of row) ones += flag;
  return Math.abs(ones / (members.length * members[0].length) - 0.5) <= evenly;
}
