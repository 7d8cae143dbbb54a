import type { CanaryPlan } from '../../src/data/canaries';

/** Of the records that are no canaries, one in so many is kept. */
const oneIn = 8;

/** The records of the canary study whose outputs are committed and attacked by epoch, ascending. */
export function keptRecords(canaries: CanaryPlan | null, records: number): number[] {
  const known = new Set(canaries?.records);
  return Array.from({ length: records }, (_, record) => record).filter(
    (record) => known.has(record) || record % oneIn === 0,
  );
}
