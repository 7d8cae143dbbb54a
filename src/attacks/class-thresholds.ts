import { badInput } from '../errors';
import { descendCuts, sortedSides } from '../metrics/sorted-sides';
import { joined } from '../platform/math/joined';
import type { ModelSignals } from '../signals/signal-set';
import type { AttackNote, LackingPart } from './attack';

/** Scored records of known membership, on which cuts are set: those of the shadow models. */
export interface ScoredRecords {
  /** [n], higher = member. */
  readonly scores: Float64Array;
  /** [n], each in 0 .. classes-1. */
  readonly labels: Int32Array;
  /** [n], 1 = member, 0 = non-member. */
  readonly members: Uint8Array;
}

export interface ClassThresholds {
  /** The cut of each class, [classes]; «member if score >= cut». */
  readonly cuts: Float64Array;
  /** The cut of all classes together, which stands in for classes without members or without non-members. */
  readonly global: number;
  /** About the classes that got the global cut; empty if there are none. */
  readonly notes: readonly AttackNote[];
}

/**
 * Cuts per class that maximize balanced accuracy (TPR + TNR) / 2 on the given records (Song and Mittal 2021,
 * arXiv:2003.10595). Candidates are the scores of the class themselves, under the rule «member if score >= cut»; of
 * several best ones the highest is kept, which calls the fewest records members. One sort, O(n log n); the order of the
 * records plays no part.
 *
 * @param records both sides must be there, in all classes together
 * @param classes number of classes
 * @throws UserError on a length mismatch, a NaN score, a label outside the classes, or an empty side
 */
export function classThresholds(records: ScoredRecords, classes: number): ClassThresholds {
  const global = bestCut(records.scores, records.members);
  const cuts = new Float64Array(classes).fill(global);
  const parts: LackingPart[] = [];
  splitByClass(records, classes).forEach(({ scores, members }, label) => {
    const memberCount = members.reduce((sum, flag) => sum + flag, 0);
    if (memberCount > 0 && memberCount < members.length) {
      cuts[label] = bestCut(scores, members);
    } else {
      const lacks = members.length === 0 ? 'record' : memberCount === 0 ? 'member' : 'non-member';
      parts.push({ part: label, lacks });
    }
  });
  return { cuts, global, notes: parts.length === 0 ? [] : [{ code: 'shared-cut', by: 'class', parts }] };
}

/**
 * The score that maximizes (TPR + TNR) / 2 under «member if score >= cut»; the highest of several.
 *
 * @throws UserError on a length mismatch, a NaN score, or an empty side
 */
export function bestCut(scores: Float64Array, members: Uint8Array): number {
  const sides = sortedSides(scores, members);
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  let best = -Infinity;
  let bestGain = -Infinity;
  descendCuts(sides, (cut, truePositives, falsePositives) => {
    // (TPR + TNR) / 2 up to a factor and a constant, in whole numbers so that ties are ties.
    const gain = truePositives * n - falsePositives * m;
    if (gain > bestGain) {
      bestGain = gain;
      best = cut;
    }
  });
  return best;
}

/** The scored records of several models of known membership, one model after the other. */
export function pooledRecords(
  score: (signals: ModelSignals) => Float64Array,
  models: readonly ModelSignals[],
): ScoredRecords {
  return {
    scores: joined(Float64Array, models.map(score)),
    labels: joined(
      Int32Array,
      models.map(({ labels }) => labels),
    ),
    members: joined(
      Uint8Array,
      models.map(({ members }) => members),
    ),
  };
}

/** The rows of some records under each of the models, [models * n] in `all`. */
export function ofRecords(all: ScoredRecords, n: number, records: Int32Array): ScoredRecords {
  const count = (all.scores.length / n) * records.length;
  const [scores, labels] = [new Float64Array(count), new Int32Array(count)];
  const members = new Uint8Array(count);
  for (let model = 0, to = 0; to < count; model += n) {
    for (let i = 0; i < records.length; i++, to++) {
      const from = model + records[i];
      scores[to] = all.scores[from];
      labels[to] = all.labels[from];
      members[to] = all.members[from];
    }
  }
  return { scores, labels, members };
}

/** Decisions, [n]: 1 where a score reaches the cut of its record's class. */
export function decide(scores: Float64Array, labels: Int32Array, cuts: Float64Array): Uint8Array {
  const decisions = new Uint8Array(scores.length);
  for (let i = 0; i < scores.length; i++) decisions[i] = scores[i] >= cuts[labels[i]] ? 1 : 0;
  return decisions;
}

function splitByClass(
  { scores, labels, members }: ScoredRecords,
  classes: number,
): { scores: Float64Array; members: Uint8Array }[] {
  if (labels.length !== scores.length) {
    throw badInput(
      'the number of labels',
      labels.length,
      `there are ${scores.length} scores`,
      'Pass one for each',
    );
  }
  const sizes = new Int32Array(classes);
  for (let i = 0; i < labels.length; i++) {
    if (!(labels[i] >= 0 && labels[i] < classes)) {
      throw badInput(`labels[${i}]`, labels[i], `must be in 0 .. ${classes - 1}`, 'Count classes from 0');
    }
    sizes[labels[i]]++;
  }
  const groups = Array.from(sizes, (size) => ({
    scores: new Float64Array(size),
    members: new Uint8Array(size),
  }));
  const filled = new Int32Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const group = groups[labels[i]];
    const at = filled[labels[i]]++;
    group.scores[at] = scores[i];
    group.members[at] = members[i];
  }
  return groups;
}
