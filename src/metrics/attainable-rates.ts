/**
 * False positive rates for a log axis: attainable rates k/n, evenly spread in the logarithm, from 1/n (the smallest one
 * that n non-members can resolve) to 1; ascending.
 *
 * @param nonMembers n >= 1
 */
export function attainableRates(nonMembers: number, pointsPerDecade: number): number[] {
  const steps = Math.max(1, Math.ceil(Math.log10(nonMembers) * pointsPerDecade));
  const counts = Array.from({ length: steps + 1 }, (_, i) => Math.round(nonMembers ** (i / steps)));
  return [...new Set(counts)].map((count) => count / nonMembers);
}
