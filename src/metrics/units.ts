import { badInput } from '../errors';

/**
 * Which records were dealt together: all records of one unit (a user, a patient) are members, or none is. They resemble
 * each other, so chance deals units and not records.
 */
export interface Units {
  /** The unit of each record, 0 .. count - 1, [n]. */
  readonly of: Uint32Array;
  readonly count: number;
}

/** Units by name, numbered as they come. */
export function unitsOf(names: readonly string[]): Units {
  const numbers = new Map<string, number>();
  const of = Uint32Array.from(names, (name) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
  return { of, count: numbers.size };
}

/** The units of some of the records. */
export function unitsAt({ of }: Units, records: ArrayLike<number>): Units {
  return unitsOf(Array.from(records, (record) => String(of[record])));
}

/** The membership of each unit. Throws UserError where one has records on both sides, or another number of records. */
export function unitMembers({ of, count }: Units, members: Uint8Array): Uint8Array {
  if (of.length !== members.length) {
    const rule = `there are ${members.length} memberships`;
    throw badInput('the number of units', of.length, rule, 'Pass one a record');
  }
  const sides = new Uint8Array(count).fill(2);
  of.forEach((unit, i) => {
    if (sides[unit] !== 2 && sides[unit] !== members[i]) {
      const rule = 'all records of a unit must be members, or none';
      throw badInput(
        `members[${i}]`,
        members[i],
        rule,
        'Leave units out where they were not dealt as a whole',
      );
    }
    sides[unit] = members[i];
  });
  return sides;
}

/** Sums over the records of each unit, [count]. */
export function unitSums({ of, count }: Units, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(count);
  for (let i = 0; i < of.length; i++) sums[of[i]] += values[i];
  return sums;
}
