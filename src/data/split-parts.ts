import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import type { RandomStream } from '../platform/math/random';
import { recordsByLabel } from './masks';

/**
 * Deals records into parts of equal size, floor(n / parts); up to parts - 1 records are left over.
 *
 * @param pool the records, each once
 * @param parts number of parts
 * @param y labels of all records of the data set, if each part shall hold the same share of each class: counts of a
 *   class then differ between parts by at most 1
 * @returns the parts in random order (without `y`: consecutive slices of one random order)
 * @throws UserError if the pool, or with `y` a class, has fewer records than there are parts
 */
export function dealParts(
  pool: Int32Array,
  parts: number,
  stream: RandomStream,
  y?: Int32Array,
): Int32Array[] {
  const size = Math.floor(pool.length / parts);
  if (size < 1) {
    const rule = `must be at least ${parts} to make ${parts} parts`;
    throw badInput('records', pool.length, rule, 'Use a larger data set');
  }
  if (y === undefined) {
    const order = Int32Array.from(stream.permutation(pool.length), (i) => pool[i]);
    return Array.from({ length: parts }, (_, part) => order.slice(part * size, (part + 1) * size));
  }
  const order = classByClass(pool, parts, stream, y);
  // Like cards, one after the other: a class is a run of the order, so its share differs by at most one card.
  return Array.from({ length: parts }, (_, part) =>
    Int32Array.from({ length: size }, (_unused, i) => order[i * parts + part]),
  );
}

/**
 * The records class by class, without the leftovers; both the classes and the records of each are in random order.
 * Leftovers come from classes that do not divide evenly, so that no class falls below one record a part.
 */
function classByClass(pool: Int32Array, parts: number, stream: RandomStream, y: Int32Array): Int32Array {
  const groups = recordsByLabel(y, pool);
  for (const [label, { length }] of groups.entries()) {
    if (length === 0 || length >= parts) continue;
    const rule = `must be at least ${parts}, one for each part of a stratified split`;
    throw badInput(`the number of records of class ${label}`, length, rule, 'Split without stratification');
  }
  const classes = stream.permutation(groups.length);
  const spare = groups.map(({ length }) => length % parts);
  const kept = groups.map(({ length }) => length);
  for (let leftovers = pool.length % parts; leftovers > 0;) {
    for (const label of classes) {
      if (leftovers === 0 || spare[label] === 0) continue;
      spare[label]--;
      kept[label]--;
      leftovers--;
    }
  }
  return joined(
    Int32Array,
    Array.from(classes, (label) => {
      const group = groups[label];
      return Int32Array.from(stream.permutation(group.length).subarray(0, kept[label]), (i) => group[i]);
    }),
  );
}

/** Lists of record numbers by name, as `split` deals them or as somebody else made them. */
export type Parts = Readonly<Record<string, Int32Array>>;

/**
 * Checks that parts are what a membership study needs: record numbers of the data set, none of them twice, neither
 * within a part nor in two parts.
 *
 * @param records number of records n of the data set
 * @param sizes what each part must have, where known
 * @throws UserError that names the part, the record and the rule
 */
export function checkParts(parts: Parts, records: number, sizes?: number): void {
  const names = Object.keys(parts);
  const owner = new Int32Array(records);
  for (const [p, name] of names.entries()) {
    const part = parts[name];
    if (part.length === 0 || (sizes !== undefined && part.length !== sizes)) {
      const rule = sizes === undefined ? 'must be at least 1' : `must be ${sizes}, as of the other parts`;
      throw badInput(`the number of records in ${name}`, part.length, rule, 'Deal the records anew');
    }
    for (const record of part) {
      if (record < 0 || record >= records) {
        const rule = `must be a record number, 0 to ${records - 1}`;
        throw badInput(
          `a record in ${name}`,
          record,
          rule,
          'Take the parts and the data set of the same study',
        );
      }
      if (owner[record] !== 0) {
        const other = names[owner[record] - 1];
        const rule = other === name ? 'must be there only once' : `must not be in ${other} as well`;
        throw badInput(`a record in ${name}`, record, rule, 'Deal the records anew');
      }
      owner[record] = p + 1;
    }
  }
}
