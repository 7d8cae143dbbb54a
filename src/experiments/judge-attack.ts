import type { Attack, AttackNote, AttackScores } from '../attacks/attack';
import { requireBothSides } from '../attacks/evaluate-attack';
import type { LeaveOneOutScores } from '../attacks/leave-one-out';
import { largestAdvantage } from '../metrics/advantage';
import type { Interval } from '../metrics/interval';
import { pooledOverModels, type PooledScores } from '../metrics/pooled-over-models';
import { rocCurve } from '../metrics/roc';
import { joined } from '../platform/math/joined';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import type { FinishedModel } from './block';
import type { StudyAttackResult } from './study-result';

/** Of an ensemble, whose pairs resolve more. */
const ensembleFprs = [0.01, 0.001];
/** Non-member pairs that must be tolerated, so that a TPR over models has an interval. */
const fewestFalsePositives = 10;

const bestCutNote: AttackNote = { code: 'best-cut' };

/** One part of the records of an ensemble. */
export type PooledJudgment = Pick<
  StudyAttackResult,
  'accuracy' | 'advantage' | 'auc' | 'tprAtFpr' | 'smallestFpr'
> &
  Pick<LeaveOneOutScores, 'notes'>;

/**
 * Scores of every model of an ensemble in turn, judged on some of the records: one ROC curve for all pairs of model and
 * record, intervals clustered by record and by model.
 *
 * @param chosen positions of the records
 * @param members M arrays [n], membership of all records
 */
export function judgePooled(
  attack: Attack,
  { byModel, notes }: LeaveOneOutScores,
  chosen: Int32Array,
  members: readonly Uint8Array[],
): PooledJudgment {
  const kept = chosen.filter((i) => byModel.every(({ found }) => found.usable?.[i] !== 0));
  const table = (value: (found: AttackScores, i: number) => number): PooledScores => ({
    scores: byModel.map(({ found }) => Float64Array.from(kept, (i) => value(found, i))),
    members: byModel.map(({ model }) => Uint8Array.from(kept, (i) => members[model][i])),
  });
  const pooled = table(({ scores }, i) => scores[i]);
  const sides = joined(Uint8Array, pooled.members);
  requireBothSides(attack, sides);
  const { auc, tprAtFpr } = pooledOverModels(pooled, ensembleFprs);
  const hasCuts = byModel.every(({ found }) => found.cuts !== undefined);
  // The AUC of a yes or no is (1 + TPR - FPR) / 2, so the clustered intervals of AUCs are those of advantages.
  const accuracy = hasCuts
    ? pooledOverModels(table(({ scores, cuts }, i) => (scores[i] >= cuts![i] ? 1 : 0))).auc
    : bestAccuracy(pooled, sides);
  return {
    accuracy,
    advantage: scaled(accuracy, (value) => 2 * value - 1),
    auc,
    tprAtFpr,
    smallestFpr: fewestFalsePositives / sides.filter((member) => member === 0).length,
    notes: hasCuts ? notes : [...notes, bestCutNote],
  };
}

function bestAccuracy({ scores }: PooledScores, members: Uint8Array): Interval {
  const { advantage } = largestAdvantage(rocCurve(joined(Float64Array, [...scores]), members));
  return { estimate: (1 + advantage) / 2, low: null, high: null, method: { name: 'chosen-cut' } };
}

function scaled({ estimate, low, high, method }: Interval, by: (value: number) => number): Interval {
  return {
    estimate: by(estimate),
    low: low === null ? null : by(low),
    high: high === null ? null : by(high),
    method,
  };
}

/** Outputs of a target and the models around it on the records that all of them were asked about. */
export interface DealtSet {
  /** The target is model 0. */
  readonly set: SignalSet;
  /** Numbers of the records in the data set, ascending, [n]. */
  readonly records: Int32Array;
  /** 1 = one of the target's own records (member or non-member), [n]; the others were dealt to the other side. */
  readonly own: Uint8Array;
}

/** Where a model's outputs on a record are. */
interface Place {
  readonly logits: Float32Array | Float64Array;
  readonly row: number;
  readonly label: number;
  readonly isMember: boolean;
  readonly isOwn: boolean;
}

/**
 * Lines up finished models by record number. A record that a model was not trained on is a non-member of it, whichever
 * side it was dealt to; a record that stands twice among its members (a duplicated canary) counts once.
 *
 * @param models the target first
 */
export function dealtSet(models: readonly FinishedModel[]): DealtSet {
  const places = models.map(placesOf);
  const records = Int32Array.from(
    [...places[0].keys()].filter((record) => places.every((of) => of.has(record))),
  ).sort();
  const { classes } = models[0].signals;
  const rows = places.map((of) => Array.from(records, (record) => of.get(record)!));
  const own = Uint8Array.from(rows[0], ({ isOwn }) => (isOwn ? 1 : 0));
  const logits = rows.map((row) => {
    const out = new Float32Array(records.length * classes);
    row.forEach((at, i) =>
      out.set(at.logits.subarray(at.row * classes, (at.row + 1) * classes), i * classes),
    );
    return out;
  });
  return {
    set: memorySignalSet({
      logits,
      classes,
      labels: Int32Array.from(rows[0], ({ label }) => label),
      members: rows.map((row) => Uint8Array.from(row, ({ isMember }) => (isMember ? 1 : 0))),
      recordNumbers: records,
      ...(own.includes(0) && { audited: own }),
    }),
    records,
    own,
  };
}

function placesOf({ records, signals, elsewhere }: FinishedModel): Map<number, Place> {
  const places = new Map<number, Place>();
  elsewhere.records.forEach((record, row) =>
    places.set(record, {
      logits: elsewhere.logits,
      row,
      label: elsewhere.labels[row],
      isMember: false,
      isOwn: false,
    }),
  );
  records.forEach((record, row) =>
    places.set(record, {
      logits: signals.logits,
      row,
      label: signals.labels[row],
      isMember: signals.members[row] === 1,
      isOwn: true,
    }),
  );
  return places;
}
