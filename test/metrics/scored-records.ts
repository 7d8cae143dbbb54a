import fc from 'fast-check';

/** Scores (small whole numbers, so that ties are common) with membership, at least one record on each side. */
export function scoredRecords(largest = 60): fc.Arbitrary<{ scores: Float64Array; members: Uint8Array }> {
  const record = fc.tuple(fc.integer({ min: -12, max: 12 }), fc.boolean());
  return fc
    .array(record, { minLength: 2, maxLength: largest })
    .filter((records) => new Set(records.map(([, member]) => member)).size === 2)
    .map((records) => ({
      scores: Float64Array.from(records, ([score]) => score),
      members: Uint8Array.from(records, ([, member]) => (member ? 1 : 0)),
    }));
}
