import { badInput } from '../../errors';
import { isObject, type Difference } from '../formats/json-text';
import { type DType, fromRaw, itemSize } from '../formats/raw-values';

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

type Json = Readonly<Record<string, unknown>>;

/** Plotly's names of the types of packed numbers. */
const packedTypes: Readonly<Record<string, DType>> = {
  i1: 'int8',
  u1: 'uint8',
  u1c: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  f4: 'float32',
  f8: 'float64',
};

/**
 * What a Plotly figure shows, without how it looks: the traces with all their lists of numbers and texts, the frames of
 * an animation, the titles, axes, annotations and shapes of the layout. Left out are ids, colors, widths, fonts and what
 * is placed in parts of the picture. Everything keeps its place, so paths into the parts are paths into the figure;
 * numbers packed as `{ dtype, bdata }` become lists.
 */
export function figureParts(figure: unknown): Json {
  if (!isObject(figure)) return { figure };
  const { data, frames, layout } = figure;
  return present({
    data: mapped(data, traceParts),
    frames: mapped(frames, frameParts),
    layout: isObject(layout) ? layoutParts(layout) : layout,
  });
}

/** The title of a Plotly figure in plain text; empty if it has none. */
export function figureTitle(figure: unknown): string {
  const layout = isObject(figure) && isObject(figure.layout) ? figure.layout : {};
  const title = isObject(layout.title) ? layout.title.text : layout.title;
  return typeof title === 'string' ? title.replace(/<[^>]*>/g, '') : '';
}

function traceParts(trace: Json): Json {
  const parts = Object.entries(trace).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'uid' || key === 'colorscale' || (/color$/i.test(key) && typeof value === 'string'))
      return [];
    const unpacked = unpack(value);
    return [[key, isObject(unpacked) ? lists(unpacked) : unpacked]];
  });
  return present(Object.fromEntries(parts));
}

/** Of a part of a trace (marker, line, error bars) only lists are data: one size or color for all is how it looks. */
function lists(part: Json): Json | undefined {
  const parts = Object.entries(part).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'colorscale') return [];
    const unpacked = unpack(value);
    if (Array.isArray(unpacked)) return [[key, unpacked]];
    return isObject(unpacked) ? [[key, lists(unpacked)]] : [];
  });
  const found = present(Object.fromEntries(parts));
  return Object.keys(found).length === 0 ? undefined : found;
}

function frameParts({ name, traces, data, layout }: Json): Json {
  return present({
    name,
    traces,
    data: mapped(data, traceParts),
    layout: isObject(layout) ? layoutParts(layout) : layout,
  });
}

function layoutParts(layout: Json): Json {
  const axes = Object.keys(layout).filter((key) => /^[xyz]axis\d*$/.test(key));
  return present({
    title: titleParts(layout.title),
    ...Object.fromEntries(axes.map((key) => [key, axisParts(layout[key])])),
    annotations: mapped(layout.annotations, placed),
    shapes: mapped(layout.shapes, placed),
  });
}

function titleParts(title: unknown): unknown {
  return isObject(title) ? present({ text: title.text }) : title;
}

function axisParts(axis: unknown): unknown {
  if (!isObject(axis)) return axis;
  const { title, type, range, tickvals, ticktext, categoryarray } = axis;
  return present({ title: titleParts(title), type, range, tickvals, ticktext, categoryarray });
}

/** An annotation's or a shape's text, and its coordinates where they count along an axis. */
function placed(part: Json): Json {
  const along = (ref: unknown): boolean => typeof ref === 'string' && /^[xy]\d*$/.test(ref);
  const { type, text, x, x0, x1, y, y0, y1 } = part;
  return present({
    type,
    text,
    ...(along(part.xref) ? { x, x0, x1 } : {}),
    ...(along(part.yref) ? { y, y0, y1 } : {}),
  });
}

function mapped(list: unknown, of: (part: Json) => Json): unknown {
  return Array.isArray(list) ? list.map((part: unknown) => (isObject(part) ? of(part) : part)) : list;
}

const present = (parts: Json): Json =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));

/** A list from `{ dtype, bdata, shape }` (base64, little-endian); one that cannot be read stands for itself, as text. */
function unpack(value: unknown): unknown {
  if (!isObject(value) || typeof value.bdata !== 'string') return value;
  const { bdata, dtype, shape } = value;
  const type =
    typeof dtype === 'string' && Object.hasOwn(packedTypes, dtype) ? packedTypes[dtype] : undefined;
  const bytes = Buffer.from(bdata, 'base64');
  if (type === undefined || bytes.length % itemSize[type] !== 0) return `${String(dtype)} ${bdata}`;
  // A copy starts at a multiple of the size of a number, which a view needs.
  const numbers = Array.from(fromRaw(Uint8Array.from(bytes), type, false, 'packed numbers'));
  // As JSON writes them.
  const flat = numbers.map((number) => (Number.isFinite(number) ? number : null));
  const sizes =
    typeof shape === 'string' || typeof shape === 'number' ? String(shape).split(',').map(Number) : [];
  return nested(flat, sizes.slice(1));
}

/** Rows of `sizes[0]` numbers, each in rows of `sizes[1]`, and so on; the list itself where there are no sizes. */
function nested(list: readonly unknown[], sizes: readonly number[]): readonly unknown[] {
  return sizes.reduceRight((rows: readonly unknown[], size) => {
    if (!Number.isInteger(size) || size < 1) return rows;
    return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
      rows.slice(i * size, (i + 1) * size),
    );
  }, list);
}
