import type { Interval } from '../metrics/interval';
import { createRequire } from 'node:module';
import { notInstalled } from '../errors';

/** How a quantity is printed: a proportion with three decimals, or a positive quantity with three significant digits. */
export type NumberStyle = 'proportion' | 'significant';

/** Prints a number for people: no trailing noise, a real minus sign, powers of ten only where they help. */
export function formatNumber(value: number, style: NumberStyle): string {
  if (!Number.isFinite(value)) return 'not defined';
  if (style === 'proportion') return minus(value.toFixed(3));
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0001 || size >= 100_000)) {
    const [digits, exponent] = value.toExponential(1).split('e');
    return `${minus(digits)}\u00d710${superscript(Number(exponent))}`;
  }
  return minus(size >= 1000 ? value.toFixed(0) : value.toPrecision(3));
}

/** Prints a difference with its sign; one that rounds to nothing has none. */
export function formatDifference(value: number, style: NumberStyle): string {
  const size = formatNumber(Math.abs(value), style);
  if (!Number.isFinite(value) || !/[1-9]/.test(size)) return size;
  return `${value < 0 ? '\u2212' : '+'}${size}`;
}

/** Prints the bounds of an interval as «low to high», or says that there is none. */
export function formatBounds(interval: Interval, style: NumberStyle, print = formatNumber): string {
  if (interval.low === null || interval.high === null) return 'no interval';
  return `${print(interval.low, style)} to ${print(interval.high, style)}`;
}

/** Prints a p value; never as zero. */
export function formatP(p: number | null): string {
  if (p === null || !Number.isFinite(p)) return 'none';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** Six significant digits: enough for any screen, and figures stay small. */
export function compactNumber(value: number): number {
  return Number(value.toPrecision(6));
}

function minus(text: string): string {
  return text.replace(/^-/, '\u2212');
}

function superscript(exponent: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  return String(exponent)
    .split('')
    .map((c) => (c === '-' ? '⁻' : digits[Number(c)]))
    .join('');
}

/**
 * Makes text from outside harmless in a Plotly figure.
 *
 * Plotly reads a small markup (`<b>`, `<a href>`, `<br>`, `<span style>`) in every title, label and name, MathJax reads
 * `$…$` where a page has it, and hover templates read `%{…}`. Entities are decoded after the markup is cut, so the
 * text shows as it was written.
 */
export function plotText(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\$/g, '&#36;')
    .replace(/%\{/g, '%&#123;');
}

/**
 * Breaks text into lines of at most `width` characters at spaces (a longer word stays whole), escaped and joined by
 * Plotly's line break; Plotly itself never wraps.
 */
export function wrappedPlotText(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map(plotText).join('<br>');
}

// Loaded on first use: the font parser and two fonts cost 60 ms that a command without figures should not pay.
const here = createRequire(__filename);

/** A package that only pictures need. */
export const load = (name: string): unknown => orSay(() => here(name));

/** Where a file of such a package stands. */
export const placeOf = (name: string): string => orSay(() => here.resolve(name));

/** @throws UserError that says what to install */
function orSay<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    const packages = 'plotly.js-dist jsdom opentype.js dejavu-fonts-ttf @resvg/resvg-js pdfkit svg-to-pdfkit';
    throw notInstalled(error, 'A picture of a figure', packages);
  }
}

interface OpentypeFont {
  readonly unitsPerEm: number;
  readonly ascender: number;
  readonly descender: number;
  getAdvanceWidth(text: string, fontSize: number): number;
}

/** The one family of static figures; it ships with the project, so that a picture never depends on the machine. */
export const staticFontFamily = 'DejaVu Sans';

/** Paths of the font files that both the text measurement and the PNG renderer use: regular, bold. */
export function fontFiles(): readonly [string, string] {
  return [
    placeOf('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    placeOf('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  ];
}

let fonts: readonly [OpentypeFont, OpentypeFont] | undefined;

function font(bold: boolean): OpentypeFont {
  if (fonts === undefined) {
    const { loadSync } = load('opentype.js') as { loadSync(path: string): OpentypeFont };
    const [regular, heavy] = fontFiles();
    fonts = [loadSync(regular), loadSync(heavy)];
  }
  return fonts[bold ? 1 : 0];
}

const widths = new Map<string, number>();

/**
 * Width of a line of text in DejaVu Sans, in pixels (kerning included, zero-width characters left out).
 *
 * @param size font size in pixels
 */
export function textWidth(text: string, size: number, bold = false): number {
  const visible = text.replace(/[\u200b-\u200d\ufeff]/g, '');
  const key = `${bold ? 'b' : 'r'}${visible}`;
  let unit = widths.get(key);
  if (unit === undefined) {
    unit = font(bold).getAdvanceWidth(visible, 1);
    widths.set(key, unit);
  }
  return unit * size;
}

/** Height of a line above and below its baseline, in pixels. */
export function lineExtent(size: number): { readonly ascent: number; readonly descent: number } {
  const regular = font(false);
  return {
    ascent: (regular.ascender / regular.unitsPerEm) * size,
    descent: (-regular.descender / regular.unitsPerEm) * size,
  };
}
