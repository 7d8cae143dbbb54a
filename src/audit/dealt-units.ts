import { unitMembers, unitsOf, type Units } from '../metrics/units';
import type { SignalSet } from '../signals/signal-set';

/** Fewer groups than this a side tell nothing apart. */
export const fewestUnits = 10;

/** Groups that were dealt as a whole, so that their records are no independent evidence. */
export interface DealtUnits {
  readonly units: Units;
  readonly members: number;
  readonly nonMembers: number;
}

/**
 * Were groups of records dealt as a whole: does each lie on one side of the target's membership, some with several
 * records? Groups of one record each are records.
 */
export function dealtUnits({ groups, members: all, target }: SignalSet): DealtUnits | null {
  if (groups === undefined) return null;
  const members = all[target];
  const units = unitsOf(groups);
  if (units.count === members.length || isSplit(units, members)) return null;
  const sides = unitMembers(units, members);
  const own = sides.reduce((sum, side) => sum + side, 0);
  return { units, members: own, nonMembers: units.count - own };
}

function isSplit({ of, count }: Units, members: Uint8Array): boolean {
  const sides = new Int8Array(count).fill(-1);
  return of.some((unit, i) => {
    const isOther = sides[unit] >= 0 && sides[unit] !== members[i];
    sides[unit] = members[i];
    return isOther;
  });
}
