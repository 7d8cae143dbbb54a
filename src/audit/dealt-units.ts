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
 * records? Groups of one record each are records. The same for a record that stands several times under one id.
 */
export function dealtUnits({ groups, repeatedIds, members: all, target }: SignalSet): DealtUnits | null {
  const members = all[target];
  const found = [groups, repeatedIds].flatMap((names) => {
    const units = names === undefined ? null : unitsOf(names);
    return units === null || units.count === members.length || isSplit(units, members) ? [] : [units];
  });
  if (found.length === 0) return null;
  const [units] = found;
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
