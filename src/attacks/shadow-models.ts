import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import { randomStream } from '../platform/math/random';
import { type ModelSignals, referenceModels, type SignalSet } from '../signals/signal-set';
import { modelRow, scaledLogits } from '../signals/statistics';

/** Pooled records of more shadow models than this change no cut that matters, and cost a pass over the file each. */
const mostShadows = 8;

/** Reference models with members and non-members among the records, at most eight. */
export function shadowModels(set: SignalSet): number[] {
  return referenceModels(set)
    .filter((m) => set.members[m].includes(1) && set.members[m].includes(0))
    .slice(0, mostShadows);
}

/**
 * The same, where an attack cannot do without.
 *
 * @param rule what needs them, as the end of a sentence
 * @throws UserError if there is none
 */
export function requiredShadowModels(
  set: SignalSet,
  rule: string,
  remedy = 'Pass a model with members and non-members among the records',
): number[] {
  const shadows = shadowModels(set);
  if (shadows.length === 0) throw badInput('the number of shadow models', 0, rule, remedy);
  return shadows;
}

/** A dozen attacks ask for the same halves. */
const kept = new WeakMap<SignalSet, Map<string, readonly LessonPart[]>>();

/** Records whose rows of the shadow models an attacker learns from, and the target's records that it then scores. */
export interface LessonPart {
  readonly known: Int32Array;
  readonly asked: Int32Array;
}

/**
 * Two halves of the records: what is learned on one from the shadow models scores the other. An attacker must not learn
 * from the shadow models' membership of the very record that it scores: where each record is in exactly half of the
 * models, or in one of two, that membership is the opposite of what it looks for, and a record's outputs are alike under all
 * models (a network that learned from one shadow model trained on the other half: AUC .38 on models that leak nothing).
 * The halves are drawn by the records' numbers, among records of a class that equally many shadow models hold, so that
 * both have the same share of members. Groups that all models hold as a whole stay together.
 *
 * One part with all records where the shadow models do not tell audited records apart: each holds all of them or none.
 *
 * @param shadows the models that are learned from
 */
export function lessonParts(set: SignalSet, shadows: readonly number[]): readonly LessonPart[] {
  const known = kept.get(set) ?? new Map<string, readonly LessonPart[]>();
  kept.set(set, known);
  const parts = known.get(shadows.join()) ?? dealtParts(set, shadows);
  known.set(shadows.join(), parts);
  return parts;
}

function dealtParts(set: SignalSet, shadows: readonly number[]): LessonPart[] {
  const { n, labels, members, audited } = set;
  const number = (i: number): number => (set.recordNumbers === undefined ? i : set.recordNumbers[i]);
  const everybody = Int32Array.from({ length: n }, (_, i) => i);
  const judged = everybody.filter((i) => audited?.[i] !== 0);
  if (shadows.every((m) => judged.every((i) => members[m][i] === members[m][judged[0]]))) {
    return [{ known: everybody, asked: everybody }];
  }
  const holders = Int32Array.from(everybody, (i) => shadows.reduce((sum, m) => sum + members[m][i], 0));
  const lots = Uint32Array.from(everybody, (i) =>
    randomStream({
      seed: 1,
      role: 'evaluation',
      purpose: 'comparison',
      epoch: 1,
      step: number(i),
    }).uint32(),
  );
  const unit = unitOf(set);
  const firsts = judged.filter((i) => unit[i] === i);
  const order = Array.from(firsts).sort(
    (a, b) => holders[a] - holders[b] || labels[a] - labels[b] || lots[a] - lots[b] || number(a) - number(b),
  );
  const half = new Uint8Array(n);
  order.forEach((i, place) => (half[i] = 1 + (place % 2)));
  for (const i of judged) half[i] = half[unit[i]];
  return [1, 2].map((own) => ({
    known: everybody.filter((i) => half[i] !== own),
    asked: everybody.filter((i) => half[i] === own || (own === 1 && half[i] === 0)),
  }));
}

/** The first judged record of each record's group, where every model holds groups as a whole; else each record, [n]. */
function unitOf({ n, groups, members, audited }: SignalSet): Int32Array {
  const own = Int32Array.from({ length: n }, (_, i) => i);
  if (groups === undefined) return own;
  const firsts = new Map<string, number>();
  const found = own.map((i) => {
    if (audited?.[i] === 0) return i;
    const first = firsts.get(groups[i]) ?? i;
    firsts.set(groups[i], first);
    return first;
  });
  return members.every((row) => found.every((first, i) => row[first] === row[i])) ? found : own;
}

/** Records of several shadow models one after the other, for an attacker of one's own. */
export interface ShadowData extends ModelSignals {
  /** Which model of the set each row is of, [n]. */
  readonly models: Int32Array;
  /** Which record of the set each row is, [n]. */
  readonly records: Int32Array;
}

/**
 * Shadow-model utility (Shokri et al. 2017, arXiv:1610.05820, section V): what an attacker of one's own learns from. The outputs,
 * labels and membership of the shadow models, pooled; the target is never among them.
 *
 * @param options.models positions of models in the set; default all with members and non-members, at most eight
 * @throws UserError if there is none, or the target is named
 */
export function shadowData(
  set: SignalSet,
  options: { readonly models?: readonly number[] } = {},
): ShadowData {
  const { models = shadowModels(set) } = options;
  if (models.length === 0) {
    throw badInput(
      'the number of shadow models',
      0,
      'an attacker learns from at least one',
      'Pass models with members and non-members among the records',
    );
  }
  for (const m of models) {
    if (Number.isInteger(m) && m >= 0 && m < set.models && m !== set.target) continue;
    throw badInput(
      'models',
      m,
      `must be in 0 .. ${set.models - 1} and not the target ${set.target}`,
      'Name shadow models',
    );
  }
  const all = models.map((m) => set.model(m));
  const n = all.length * set.n;
  return {
    n,
    classes: set.classes,
    logits: joined(
      Float64Array,
      all.map(({ logits }) => Float64Array.from(logits)),
    ),
    labels: joined(
      Int32Array,
      all.map(({ labels }) => labels),
    ),
    members: joined(
      Uint8Array,
      all.map(({ members }) => members),
    ),
    models: Int32Array.from({ length: n }, (_, i) => models[Math.floor(i / set.n)]),
    records: Int32Array.from({ length: n }, (_, i) => i % set.n),
  };
}

/** A class that a model knows nothing of. */
export interface UnknownClass {
  readonly model: number;
  readonly label: number;
  /** Records of that class. */
  readonly records: number;
}

/** About ln 1e-6: probabilities this small that are all alike are a floor that somebody or some format has set. */
const leastPhi = -13.8;
const alike = 1e-3;
/** Nor does any training leave true classes as unlikely as this; such outputs may differ by a twentieth of their size. */
const neverPhi = -60;

/** One record of a class that a model gets wrong is no class that it does not know. */
const fewestRecords = 3;

/**
 * Classes whose true label has the least probability there is under a model, the same for all of its records (three or more):
 * the model never saw the class, or its output was cut. Such values say nothing of single records, and their distance from
 * all others would drown these in any variance or mean.
 */
export function unknownClasses(set: SignalSet): UnknownClass[] {
  if (set.statistic !== undefined || set.unlabeled) return [];
  const phi = scaledLogits(set);
  const found: UnknownClass[] = [];
  for (let model = 0; model < set.models; model++) {
    const own = modelRow(phi, set.n, model);
    const counts = new Int32Array(set.classes);
    const low = new Float64Array(set.classes).fill(Infinity);
    const high = new Float64Array(set.classes).fill(-Infinity);
    for (let i = 0; i < set.n; i++) {
      const label = set.labels[i];
      counts[label]++;
      low[label] = Math.min(low[label], own[i]);
      high[label] = Math.max(high[label], own[i]);
    }
    const isFloor = (label: number): boolean =>
      high[label] <= leastPhi &&
      high[label] - low[label] <= (high[label] <= neverPhi ? -high[label] / 20 : alike);
    const present = Array.from(counts.keys()).filter((label) => counts[label] > 0);
    const unknown = present.filter((label) => counts[label] >= fewestRecords && isFloor(label));
    // A model that knows no class at all is another fault, and leaves nothing to compare.
    if (unknown.length < present.length)
      found.push(...unknown.map((label) => ({ model, label, records: counts[label] })));
  }
  return found;
}
