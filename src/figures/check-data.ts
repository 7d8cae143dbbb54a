import { badInput } from '../errors';
import type { Interval } from '../metrics/interval';

/** @throws UserError for an empty list */
export function requireSome(what: string, items: ArrayLike<unknown>, remedy: string): void {
  if (items.length === 0) throw badInput(`the number of ${what}`, 0, 'a figure needs at least one', remedy);
}

/** @throws UserError for NaN, an infinity or what is no number */
export function requireFinite(what: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw badInput(
    what,
    value,
    'a figure can only draw a finite number',
    'Leave the point out or check where it comes from',
  );
}

/** @throws UserError unless all values are finite */
export function requireAllFinite(what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) requireFinite(`${what}[${i}]`, values[i]);
}

/** @throws UserError unless low <= estimate <= high, where there are bounds, all finite */
export function requireInterval(what: string, { estimate, low, high }: Interval): void {
  requireFinite(what, estimate);
  if (low === null || high === null) return;
  // Bounds that were rounded or computed on another scale may miss the estimate by a last bit.
  const slack = 1e-9 * Math.max(1, Math.abs(estimate));
  if (low <= estimate + slack && estimate <= high + slack && Number.isFinite(high - low)) return;
  throw badInput(
    `the interval of ${what}`,
    [low, estimate, high],
    'must hold its estimate between its bounds',
    'Check low and high',
  );
}

/** @throws UserError unless the lists are equally long */
export function requireSameLength(what: string, length: number, other: string, expected: number): void {
  if (length === expected) return;
  throw badInput(`the number of ${what}`, length, `there are ${expected} ${other}`, 'Pass as many of both');
}

/** @throws UserError unless each value is above the one before */
export function requireAscending(what: string, values: readonly number[]): void {
  requireAllFinite(what, values);
  const wrong = values.findIndex((value, i) => i > 0 && !(value > values[i - 1]));
  if (wrong < 0) return;
  throw badInput(
    `${what}[${wrong}]`,
    values[wrong],
    `must be above ${values[wrong - 1]} before it`,
    'Sort the points, one a value',
  );
}
