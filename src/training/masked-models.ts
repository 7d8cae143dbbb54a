import { maskedRecords } from '../data/masks';
import { badInput } from '../errors';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import { takeRecords } from './records';
import type { MasksTask, Trained, TrainingTask } from './task';

/**
 * The models of a task with masks: model 0 is the target, the others are models of the adversary, with start weights and
 * batch order of their own.
 *
 * @throws UserError for a mask of another length, or without members or non-members
 */
export function modelsOfMasks(task: MasksTask): TrainingTask[] {
  const { records, masks, seed, backend, network, defense, recipe, inference, augmentation, image } = task;
  masks.forEach((mask, m) => requireBothSides(mask, m, records.y.length));
  return masks.map((mask, m) => ({
    ...{ backend, network, defense, recipe, inference, augmentation, image },
    members: takeRecords(records, maskedRecords(mask, 1)),
    nonMembers: takeRecords(records, maskedRecords(mask, 0)),
    key: { seed, role: m === 0 ? 'target' : 'shadow', index: Math.max(0, m - 1) },
  }));
}

/** What they say about every record: logits [M, n, k] with labels and membership, in the order of the records. */
export function signalsOfMasks(
  { records, masks, network }: MasksTask,
  trained: readonly Trained[],
): SignalSet {
  const { classes } = network;
  return memorySignalSet({
    logits: trained.map(({ signals }, m) => inRecordOrder(signals.logits as Float32Array, masks[m], classes)),
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
