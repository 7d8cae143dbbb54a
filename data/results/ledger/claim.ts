import type { Interval } from '../../../src/metrics/interval';

/** What our numbers say about a claim. */
export type Verdict = 'holds' | 'does not hold here' | 'not decided here' | 'open: not measured yet';

/** One of our numbers. */
export interface LedgerValue {
  /** Unique in the ledger; what the last column of data/paper-numbers.csv names. */
  readonly key: string;
  /** What it is, in a few words. */
  readonly what: string;
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One row of the ledger. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
  /** Who says so, and where. */
  readonly source: string;
  readonly values: readonly LedgerValue[];
  /** What the numbers leave out, or what it would take to measure. */
  readonly comment: string;
  /** What makes the numbers again. */
  readonly command: string;
  readonly verdict: Verdict;
}

/** A computed number, without an interval: nothing was sampled. */
export function exact(key: string, what: string, estimate: number): LedgerValue {
  return { key, what, estimate, low: null, high: null };
}

/** A measured number with its interval. */
export function measured(key: string, what: string, { estimate, low, high }: Interval): LedgerValue {
  return { key, what, estimate, low, high };
}

/** Whether an interval lies below 0, above 0, or contains it (or is missing). */
export function side({ low, high }: Pick<LedgerValue, 'low' | 'high'>): 'below' | 'above' | 'undecided' {
  if (low === null || high === null) return 'undecided';
  if (high < 0) return 'below';
  return low > 0 ? 'above' : 'undecided';
}

/** «holds» when the condition is true, otherwise «does not hold here»: for statements without chance. */
export function decided(condition: boolean): Verdict {
  return condition ? 'holds' : 'does not hold here';
}

/** Four significant digits. */
export function numberText(x: number): string {
  return Number.isFinite(x) ? Number(x.toPrecision(4)).toString() : x > 0 ? 'infinite' : String(x);
}

/** E.g. «0.54 [0.53, 0.55]». */
export function valueText({ estimate, low, high }: Omit<LedgerValue, 'key' | 'what'>): string {
  const interval = low === null || high === null ? '' : ` [${numberText(low)}, ${numberText(high)}]`;
  return `${numberText(estimate)}${interval}`;
}
