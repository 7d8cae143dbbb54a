import { badInput } from '../errors';
import { fastWords } from '../platform/math/fast-normals';
import { randomStream, type RandomStream } from '../platform/math/random';
import { countMembers } from './sorted-sides';

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

export interface PermutationOptions {
  /** Number of random memberships, an integer >= 999; default 9,999. */
  readonly permutations?: number;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

/** Throws UserError unless there are enough permutations for small p-values. */
export function requirePermutations(permutations: number): void {
  if (!Number.isInteger(permutations) || permutations < 999) {
    throw badInput(
      'the number of permutations',
      permutations,
      'must be at least 999',
      'Leave it out for 9999',
    );
  }
}

/** The stream that all permutation tests draw from. */
export function permutationStream(seed: number): RandomStream {
  return randomStream({ seed, role: 'evaluation', purpose: 'permutation' });
}

/** Memberships under which nothing leaks: the same numbers of members and of non-members (records, or units), dealt by chance. */
export interface RandomMemberships {
  /** [n], 1 = member; overwritten by the next draw. */
  readonly flags: Uint8Array;
  /** The records of the smaller side (with fewer units); of the next draw after it. */
  readonly fewer: Uint32Array;
  /** Which side `fewer` is. */
  readonly fewerAre: 0 | 1;
  draw(): void;
}

/**
 * Deals the memberships of n records anew with each draw (a partial Fisher-Yates shuffle of the smaller side).
 *
 * @param members [n], 1 = member, 0 = non-member
 * @param units where given, units are dealt as a whole
 * @throws UserError as `countMembers` and `unitMembers`
 */
export function randomMemberships(
  members: Uint8Array,
  stream: RandomStream,
  units?: Units,
): RandomMemberships {
  const dealt = units === undefined ? members : unitMembers(units, members);
  const draws = randomChoice(dealt, stream);
  if (units === undefined) return draws;
  const { flags: unitFlags, fewerAre } = draws;
  const flags = new Uint8Array(members.length);
  const places = new Uint32Array(members.length);
  let used = 0;
  return {
    flags,
    fewerAre,
    get fewer() {
      return places.subarray(0, used);
    },
    draw() {
      draws.draw();
      used = 0;
      for (let i = 0; i < flags.length; i++) {
        flags[i] = unitFlags[units.of[i]];
        if (flags[i] === fewerAre) places[used++] = i;
      }
    },
  };
}

/**
 * The same deal, told for some records alone: what each draw costs does not grow with the others.
 *
 * @param lists the records, by position in `members`; they may repeat
 */
export function membershipsOf(
  lists: readonly Uint32Array[],
  members: Uint8Array,
  stream: RandomStream,
): Pick<RandomMemberships, 'flags' | 'draw'> {
  const isAsked = new Uint8Array(members.length);
  for (const list of lists) for (const record of list) isAsked[record] = 1;
  const records = Uint32Array.from(members.keys()).filter((record) => isAsked[record] === 1);
  const flags = new Uint8Array(members.length);
  const source = fastWords(stream);
  const words = new Uint32Array(records.length);
  const count = countMembers(members);
  function draw(): void {
    source.fill(words);
    let left = count;
    for (let i = 0; i < records.length; i++) {
      const flag = (words[i] / 4294967296) * (members.length - i) < left ? 1 : 0;
      flags[records[i]] = flag;
      left -= flag;
    }
  }
  return { flags, draw };
}

function randomChoice(members: Uint8Array, stream: RandomStream): RandomMemberships {
  const n = members.length;
  const count = countMembers(members);
  const fewerAre = count <= n - count ? 1 : 0;
  const fewer = new Uint32Array(Math.min(count, n - count));
  const flags = new Uint8Array(n).fill(1 - fewerAre);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const source = fastWords(stream);
  const words = new Uint32Array(fewer.length);
  function draw(): void {
    for (let i = 0; i < fewer.length; i++) flags[fewer[i]] = 1 - fewerAre;
    source.fill(words);
    for (let i = 0; i < fewer.length; i++) {
      const j = i + Math.floor((words[i] / 4294967296) * (n - i));
      const record = order[j];
      order[j] = order[i];
      order[i] = record;
      fewer[i] = record;
    }
    for (let i = 0; i < fewer.length; i++) flags[fewer[i]] = fewerAre;
  }
  return { flags, fewer, fewerAre, draw };
}
