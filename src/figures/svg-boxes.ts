import { lineExtent, textWidth } from './text';

/** The few members of a DOM element that the measurement reads (jsdom has no layout of its own). */
export interface SvgNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly childNodes: ArrayLike<SvgNode>;
  readonly parentNode: SvgNode | null;
  readonly style?: { readonly fontSize: string; readonly fontWeight: string; readonly display: string };
  getAttribute?(name: string): string | null;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Affine map (x, y) -> (a x + c y + e, b x + d y + f), as in SVG. */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const identity: Matrix = [1, 0, 0, 1, 0, 0];
const ELEMENT = 1;
const TEXT = 3;

/** Bounding box of an SVG element in its own coordinates (what `getBBox` gives), or null where it has no extent. */
export function localBox(node: SvgNode): Box | null {
  if (node.style?.display === 'none') return null;
  switch (node.nodeName.toLowerCase()) {
    case 'text':
      return textBox(node);
    case 'tspan':
      return runBox(node);
    case 'rect':
    case 'image':
      return rectangle(number(node, 'x'), number(node, 'y'), number(node, 'width'), number(node, 'height'));
    case 'circle': {
      const r = number(node, 'r');
      return rectangle(number(node, 'cx') - r, number(node, 'cy') - r, 2 * r, 2 * r);
    }
    case 'path':
      return pathBox(node.getAttribute?.('d') ?? '');
    case 'g':
    case 'svg':
    case 'a':
      return union(elements(node).map((child) => moved(localBox(child), transformOf(child))));
    default:
      return null;
  }
}

/** Bounding box after the transforms of the element and of all its ancestors (what `getBoundingClientRect` gives). */
export function clientBox(node: SvgNode): Box | null {
  let box = localBox(node);
  for (let at: SvgNode | null = node; at !== null && at.nodeType === ELEMENT; at = at.parentNode) {
    box = moved(box, transformOf(at));
  }
  return box;
}

function elements(node: SvgNode): SvgNode[] {
  return Array.from(node.childNodes).filter((child) => child.nodeType === ELEMENT);
}

function number(node: SvgNode, name: string): number {
  return Number.parseFloat(node.getAttribute?.(name) ?? '') || 0;
}

function rectangle(x: number, y: number, width: number, height: number): Box {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

function union(boxes: readonly (Box | null)[]): Box | null {
  let all: Box | null = null;
  for (const box of boxes) {
    if (box === null) continue;
    all =
      all === null
        ? box
        : {
            left: Math.min(all.left, box.left),
            top: Math.min(all.top, box.top),
            right: Math.max(all.right, box.right),
            bottom: Math.max(all.bottom, box.bottom),
          };
  }
  return all;
}

/** Font size in pixels: the nearest `font-size` upwards; percentages (sub- and superscripts) multiply on the way. */
function fontSize(node: SvgNode | null): number {
  let factor = 1;
  for (let at = node; at !== null; at = at.parentNode) {
    const size = at.style?.fontSize ?? '';
    if (size.endsWith('%')) factor *= Number.parseFloat(size) / 100;
    else if (size !== '') return factor * (Number.parseFloat(size) || 12);
  }
  return factor * 12;
}

function isBold(node: SvgNode | null): boolean {
  for (let at = node; at !== null; at = at.parentNode) {
    const weight = at.style?.fontWeight ?? '';
    if (weight !== '') return weight === 'bold' || Number(weight) >= 600;
  }
  return false;
}

/** Width of all text below a node, each piece in its own size and weight. */
function runWidth(node: SvgNode): number {
  if (node.nodeType === TEXT) {
    const text = node.textContent ?? '';
    return text === '' ? 0 : textWidth(text, fontSize(node.parentNode), isBold(node.parentNode));
  }
  return Array.from(node.childNodes).reduce((sum, child) => sum + runWidth(child), 0);
}

function runBox(node: SvgNode): Box | null {
  const { ascent, descent } = lineExtent(fontSize(node));
  return rectangle(number(node, 'x'), number(node, 'y') - ascent, runWidth(node), ascent + descent);
}

/** Plotly writes each line of a text as a `tspan.line` with its offset in em; a single line has no such tspan. */
function textBox(node: SvgNode): Box | null {
  const size = fontSize(node);
  const { ascent, descent } = lineExtent(size);
  const lines = elements(node).filter((child) => child.getAttribute?.('class') === 'line');
  const rows = lines.length > 0 ? lines : [node];
  const anchor = node.getAttribute?.('text-anchor') ?? 'start';
  const shift = anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0;
  if ((node.textContent ?? '').trim() === '') return null;
  return union(
    rows.map((row) => {
      const width = runWidth(row);
      const baseline = number(row, 'y') + number(row, 'dy') * size;
      return rectangle(number(row, 'x') - shift * width, baseline - ascent, width, ascent + descent);
    }),
  );
}

/** Enough for Plotly's frames and ticks, which are drawn with absolute M, L, H and V. */
function pathBox(d: string): Box | null {
  let box: Box | null = null;
  let x = 0;
  let y = 0;
  for (const [, command, rest] of d.matchAll(/([MLHV])([^A-Za-z]*)/g)) {
    const values = (rest.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
    const step = command === 'M' || command === 'L' ? 2 : 1;
    for (let i = 0; i + step <= values.length; i += step) {
      if (command === 'V') y = values[i];
      else x = values[i];
      if (step === 2) y = values[i + 1];
      box = union([box, { left: x, top: y, right: x, bottom: y }]);
    }
  }
  return box;
}

function transformOf(node: SvgNode): Matrix {
  const text = node.getAttribute?.('transform') ?? '';
  let matrix = identity;
  for (const [, name, inside] of text.matchAll(/(\w+)\(([^)]*)\)/g)) {
    matrix = times(
      matrix,
      step(
        name,
        inside
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(Number),
      ),
    );
  }
  return matrix;
}

function step(name: string, v: readonly number[]): Matrix {
  if (name === 'translate') return [1, 0, 0, 1, v[0], v[1] ?? 0];
  if (name === 'scale') return [v[0], 0, 0, v[1] ?? v[0], 0, 0];
  if (name === 'matrix') return [v[0], v[1], v[2], v[3], v[4], v[5]];
  if (name !== 'rotate') return identity;
  const angle = (v[0] * Math.PI) / 180;
  const [x, y] = [v[1] ?? 0, v[2] ?? 0];
  const turn: Matrix = [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0];
  return times(times([1, 0, 0, 1, x, y], turn), [1, 0, 0, 1, -x, -y]);
}

function times(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

function moved(box: Box | null, m: Matrix): Box | null {
  if (box === null || m === identity) return box;
  const corners = [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ].map(([x, y]) => [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]]);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}
