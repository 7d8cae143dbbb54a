import { isObject } from '../formats/json-differences';
import type { DType } from '../formats/numeric-array';
import { fromRaw, itemSize } from '../formats/raw-values';

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
