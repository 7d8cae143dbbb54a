import { randomStream } from '../platform/math/random';
import type { SignalSet } from '../signals/signal-set';

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
export function lessonParts(set: SignalSet, shadows: readonly number[]): LessonPart[] {
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
