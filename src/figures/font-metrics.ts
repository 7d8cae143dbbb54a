import { createRequire } from 'node:module';
import { notInstalled } from '../errors';

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
