import { maskedRecords } from '../data/masks';
import { badInput } from '../errors';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import { trainEnsemble, type EnsembleOptions } from './ensemble';
import type { EnsembleTask } from './ensemble-task';
import { takeRecords, type Records } from './records';

/** What all models of the set have in common. */
export interface MaskedTraining extends Pick<EnsembleTask, 'backend' | 'network' | 'method' | 'recipe'> {
  /** The n records that every model is asked about. */
  readonly records: Records;
  /** Which of them each of M models is trained on: M masks, each [n], 1 = member (see `halfMasks`). */
  readonly masks: readonly Uint8Array[];
  /** An integer in [0, 2^32). */
  readonly seed: number;
}

/**
 * Trains one model a mask, all at once (`trainEnsemble`), and lines up what they say about every record, as LiRA and RMIA
 * read it. Model 0 is the target, the others are models of the adversary, with start weights and batch order of their own.
 * The same input gives the same bits.
 *
 * @returns logits [M, n, k] with labels and membership, in the order of the records
 * @throws UserError for a mask of another length, or without members or non-members, and as `trainEnsemble`
 */
export async function trainWithMasks(
  { records, masks, seed, ...common }: MaskedTraining,
  options: EnsembleOptions = {},
): Promise<SignalSet> {
  const n = records.y.length;
  masks.forEach((mask, m) => requireBothSides(mask, m, n));
  const tasks = masks.map((mask, m): EnsembleTask => ({
    ...common,
    members: takeRecords(records, maskedRecords(mask, 1)),
    nonMembers: takeRecords(records, maskedRecords(mask, 0)),
    key: { seed, role: m === 0 ? 'target' : 'shadow', index: Math.max(0, m - 1) },
  }));
  const states = await trainEnsemble(tasks, options);
  const { classes } = common.network;
  return memorySignalSet({
    logits: states.map(({ outputs }, m) => inRecordOrder(outputs, masks[m], classes)),
    labels: records.y,
    members: masks,
    classes,
  });
}

/** A trained model's outputs have its members first, then its non-members. */
function inRecordOrder(outputs: Float32Array, mask: Uint8Array, classes: number): Float32Array {
  const ordered = new Float32Array(outputs.length);
  [...maskedRecords(mask, 1), ...maskedRecords(mask, 0)].forEach((record, row) =>
    ordered.set(outputs.subarray(row * classes, (row + 1) * classes), record * classes),
  );
  return ordered;
}

function requireBothSides(mask: Uint8Array, m: number, n: number): void {
  const rule = `must have a 0 or 1 for each of the ${n} records, and both of them somewhere`;
  if (mask.length === n && mask.includes(0) && mask.includes(1)) return;
  const given = mask.length === n ? 'one side only' : `${mask.length} values`;
  throw badInput(`masks[${m}]`, given, rule, 'Plan the masks with halfMasks(n, models, seed)');
}
