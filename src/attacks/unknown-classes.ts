import type { SignalSet } from '../signals/signal-set';
import { modelRow, scaledLogits } from '../signals/statistics';

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
