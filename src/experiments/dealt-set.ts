import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import type { FinishedModel } from './finished-block';

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
