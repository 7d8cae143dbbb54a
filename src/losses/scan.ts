import type { TrueClass } from './loss';
import { trueClassAtLogit, trueClassOf } from './probability-loss';

/** A function of the true class that is scanned over p in [0, 1]. */
export type Scanned = (at: TrueClass) => number;

/** Where a function changes sign, within 1e-12 in p: between `before` and `after`. */
export interface SignChange {
  readonly p: number;
  readonly before: TrueClass;
  readonly after: TrueClass;
  /** Signs on the two sides. */
  readonly from: 1 | -1;
  readonly to: 1 | -1;
}

/** Values this close to 0 count as 0: above the rounding of sums of a few terms of size 1, below any effect. */
export const tolerance = 1e-12;

/**
 * 2,402 points: p = 0, scaled logits -30 to 30 in steps of 0.05 (p from 1e-13 to 1 - 1e-13), p in steps of 1/1200, p = 1;
 * sorted. What happens twice between two neighbors is not seen.
 */
export const scanPoints: readonly TrueClass[] = [
  ...Array.from({ length: 1201 }, (_, i) => trueClassAtLogit(-30 + i / 20)),
  ...Array.from({ length: 1201 }, (_, i) => trueClassOf(i / 1200)),
].sort((a, b) => a.p - b.p || b.q - a.q);

/** Signs that the function takes on [0, 1] and the places where they change. */
export function scanSigns(f: Scanned): { signs: ReadonlySet<1 | -1>; changes: SignChange[] } {
  const signs = new Set<1 | -1>();
  const changes: SignChange[] = [];
  let last: { at: TrueClass; sign: 1 | -1 } | undefined;
  for (const at of scanPoints) {
    const sign = signOf(f(at));
    if (sign === 0) continue;
    if (last !== undefined && last.sign !== sign) changes.push(bisect(f, last.at, at, last.sign));
    signs.add(sign);
    last = { at, sign };
  }
  return { signs, changes };
}

/** The least value of a function on [0, 1] and its place: the best point of the scan, refined by golden section. */
export function minimumOf(f: Scanned): { p: number; value: number } {
  const values = scanPoints.map((at) => f(at));
  const best = values.reduce((least, value, i) => (value < values[least] ? i : least), 0);
  const { p } = scanPoints[best];
  let low = scanPoints[Math.max(0, best - 1)].p;
  let high = scanPoints[Math.min(scanPoints.length - 1, best + 1)].p;
  const at = (x: number): number => f(trueClassOf(x));
  const ratio = (Math.sqrt(5) - 1) / 2;
  while (high - low > 1e-10) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (at(a) <= at(b)) high = b;
    else low = a;
  }
  const middle = (low + high) / 2;
  return at(middle) < values[best] ? { p: middle, value: at(middle) } : { p, value: values[best] };
}

function signOf(value: number): 1 | 0 | -1 {
  if (value > tolerance) return 1;
  return value < -tolerance ? -1 : 0;
}

/** Halves the bracket until its ends are neighbors in p, or 1e-12 apart relative to p. */
function bisect(f: Scanned, before: TrueClass, after: TrueClass, from: 1 | -1): SignChange {
  let [low, high] = [before, after];
  while (high.p - low.p > 1e-12 * high.p) {
    const middle = trueClassOf((low.p + high.p) / 2);
    if (middle.p === low.p || middle.p === high.p) break;
    if (Math.sign(f(middle)) === from) low = middle;
    else high = middle;
  }
  return { p: (low.p + high.p) / 2, before: low, after: high, from, to: from === 1 ? -1 : 1 };
}
