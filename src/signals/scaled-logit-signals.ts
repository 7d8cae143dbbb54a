import { memorySignalSet } from './memory-signal-set';
import type { SignalSet } from './signal-set';

/**
 * Signals of which only one number a model and record is known: the scaled logit, or a margin that is to be taken for one.
 * As logits of two classes, (value, 0), of which the first is the true one, they have exactly this scaled logit and this
 * margin. Attacks on p_y alone (LiRA, RMIA, the loss attack) run on them as on the whole outputs; attacks that look at the
 * other classes do not.
 *
 * @param scaledLogits M arrays [n], ln(p_y / (1 - p_y))
 * @param members M arrays [n], 1 = member
 * @throws UserError as `memorySignalSet`, e.g. for arrays of different lengths or a value that is not finite
 */
export function scaledLogitSignals(
  scaledLogits: readonly Float64Array[],
  members: readonly Uint8Array[],
): SignalSet {
  const logits = scaledLogits.map((values) => {
    const rows = new Float64Array(2 * values.length);
    values.forEach((value, i) => (rows[2 * i] = value));
    return rows;
  });
  return memorySignalSet({ logits, labels: new Int32Array(scaledLogits[0]?.length ?? 0), members });
}
