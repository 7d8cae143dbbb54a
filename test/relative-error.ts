/** |found - wanted| / max(|wanted|, 1e-300): 0 for equal numbers, also where both are 0. NaN when either is. */
export function relativeError(found: number, wanted: number): number {
  return found === wanted ? 0 : Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-300);
}
