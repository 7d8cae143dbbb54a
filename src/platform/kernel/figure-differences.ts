import { badInput } from '../../errors';
import { isObject, type Difference } from '../formats/json-differences';
import { figureParts, figureTitle } from './figure-parts';

/**
 * The relative difference up to which numbers of figures count as equal. Figures keep six digits, so a last bit of
 * another processor can move a number by 1e-5 of it. A picture is some 900 pixels wide: 1e-3 is what nobody sees.
 * Figures of trained models are equal to the bit on one machine; on another, training magnifies last bits beyond this.
 */
export const defaultTolerance = 1e-3;

/** Below this part of the largest number in its list, a number is rounding noise (figures keep six digits). */
const noise = 1e-6;

/** The figures of one code cell, as JSON. */
export interface CellFigures {
  /** Its place among all cells of the notebook, from 1. */
  readonly cell: number;
  /** Those that the file kept, in their order. */
  readonly kept: readonly unknown[];
  /** Those that the cell showed now. */
  readonly now: readonly unknown[];
}

/** One figure as the notebook's file has it, and as its cell shows it now. */
export interface FigureComparison {
  readonly cell: number;
  /** Its place among the figures of its cell, from 1. */
  readonly figure: number;
  /** In plain text; may be empty. */
  readonly title: string;
  readonly shown: 'both' | 'only kept' | 'only now';
  /** Where the figures differ by more than the tolerance: `a` is what the file has, `b` what is shown now. */
  readonly differences: readonly Difference[];
  /** The largest relative difference of two numbers, within the tolerance or not, and its path. */
  readonly largest: { readonly relative: number; readonly path: string } | null;
}

/** True if a figure is not what the notebook's file has. */
export const figureDiffers = ({ shown, differences }: FigureComparison): boolean =>
  shown !== 'both' || differences.length > 0;

/**
 * Compares the figures of cells with those kept in the notebook's file, place by place: traces, frames, titles, axes,
 * annotations (`figureParts`). Words must be equal; numbers, also those with a decimal point in texts, may differ by
 * `tolerance` times the larger of the two.
 *
 * @throws UserError if the tolerance is negative or not finite
 */
export function compareFigures(
  cells: readonly CellFigures[],
  tolerance: number = defaultTolerance,
): FigureComparison[] {
  checkTolerance(tolerance);
  return cells.flatMap(({ cell, kept, now }) =>
    Array.from({ length: Math.max(kept.length, now.length) }, (_, i): FigureComparison => {
      const place = { cell, figure: i + 1, title: figureTitle(i < kept.length ? kept[i] : now[i]) };
      if (i >= now.length) return { ...place, shown: 'only kept', differences: [], largest: null };
      if (i >= kept.length) return { ...place, shown: 'only now', differences: [], largest: null };
      const found = new Found(tolerance);
      found.compare(figureParts(kept[i]), figureParts(now[i]), '', 0);
      return { ...place, shown: 'both', differences: found.differences, largest: found.largest };
    }),
  );
}

/** @throws UserError if it is negative or not finite */
export function checkTolerance(tolerance: number): void {
  if (Number.isFinite(tolerance) && tolerance >= 0) return;
  throw badInput(
    'the tolerance',
    tolerance,
    'it must be a number of at least 0',
    `Give the part by which numbers may differ, for instance ${defaultTolerance}`,
  );
}

/** Goes through two figures side by side and keeps what it finds. */
class Found {
  readonly differences: Difference[] = [];
  largest: { relative: number; path: string } | null = null;

  constructor(private readonly tolerance: number) {}

  /** @param size the largest magnitude in the list that a and b come from; 0 outside lists */
  compare(a: unknown, b: unknown, path: string, size: number): void {
    if (typeof a === 'number' && typeof b === 'number') {
      this.numbers(relativeDifference(a, b, size), a, b, path);
    } else if (typeof a === 'string' && typeof b === 'string') {
      this.texts(a, b, path);
    } else if (Array.isArray(a) && Array.isArray(b)) {
      this.lists(a, b, path);
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        this.compare(a[key], b[key], path === '' ? key : `${path}.${key}`, 0);
      }
    } else if (a !== b) {
      this.differences.push({ path, a, b });
    }
  }

  private lists(a: readonly unknown[], b: readonly unknown[], path: string): void {
    if (a.length !== b.length) {
      // Element by element, everything behind the one that is missing would differ.
      this.differences.push({ path: `${path}.length`, a: a.length, b: b.length });
      return;
    }
    const size = [...a, ...b].reduce<number>(
      (most, value) => (typeof value === 'number' ? Math.max(most, Math.abs(value)) : most),
      0,
    );
    a.forEach((value, i) => this.compare(value, b[i], `${path}[${i}]`, size));
  }

  private texts(a: string, b: string, path: string): void {
    if (a === b) return;
    // Whole numbers in texts are counts and names; «3 seeds» is not nearly «4 seeds».
    const decimal = /\d+\.\d+(?:e[+-]?\d+)?/gi;
    if (a.replace(decimal, '#') !== b.replace(decimal, '#')) {
      this.differences.push({ path, a, b });
      return;
    }
    const [inA, inB] = [a, b].map((text) => text.match(decimal) ?? []);
    const relative = inA.map((text, i) => relativeDifference(Number(text), Number(inB[i]), 0));
    this.numbers(Math.max(0, ...relative), a, b, path);
  }

  private numbers(relative: number, a: unknown, b: unknown, path: string): void {
    if (relative > (this.largest?.relative ?? -1)) this.largest = { relative, path };
    if (relative > this.tolerance) this.differences.push({ path, a, b });
  }
}

/** |a - b| as a part of the larger of the two, or of what is noise among numbers of that size. */
function relativeDifference(a: number, b: number, size: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), noise * size);
}
