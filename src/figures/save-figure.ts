import { extname, join, resolve } from 'node:path';
import { badInput } from '../errors';
import { escapeHtml } from '../platform/formats/html-text';
import { writeFileWhole } from '../platform/formats/write-file';
import { programWords, thisProgram } from '../provenance';
import type { Figure, PdfOptions, StaticOptions } from './figure';
import type { FigureStyle } from './theme';
import { crc32 } from '../platform/formats/crc32';

/** The forms in which a figure can be kept. */
export const figureFormats = ['svg', 'png', 'pdf', 'json'] as const;
export type FigureFormat = (typeof figureFormats)[number];

export interface SaveOptions extends StaticOptions, Pick<PdfOptions, 'columns'> {
  /** PNG only: pixels of the picture per pixel of the figure, default 2. */
  readonly scale?: number;
}

/**
 * Writes a figure as vector PDF for a paper, one or two columns wide (default 2), without title and caption unless
 * `frame: 'full'` asks for them.
 *
 * @returns the absolute path
 * @throws UserError when the folder cannot be made or written, or the disk is full
 */
export async function savePdf(figure: Figure, file: string, options: PdfOptions = {}): Promise<string> {
  return written(file, await figure.toPDF({ ...options, creator: originOf(figure) }));
}

/**
 * Writes a figure in the format that the name ends with: .svg, .png, .pdf (as `savePdf`) or .json (Plotly's own form).
 *
 * @returns the absolute path
 * @throws UserError for another ending, or as `savePdf`
 */
export async function saveFigure(figure: Figure, file: string, options: SaveOptions = {}): Promise<string> {
  const { theme = 'light', frame = 'full' } = options;
  switch (extname(file).toLowerCase()) {
    case '.svg':
      return written(file, svgWithOrigin(await figure.toSVG(options), originOf(figure)));
    case '.png':
      return written(file, pngWithText(await figure.toPNG(options), 'Software', originOf(figure)));
    case '.pdf':
      return savePdf(figure, file, options);
    case '.json':
      return written(file, jsonWithOrigin(figure, { theme, frame, width: options.width }));
    default:
      throw badInput(
        'the file of a figure',
        file,
        `must end with .${figureFormats.join(', .')}`,
        'Rename it',
      );
  }
}

/** What a kept figure says of itself: the program, and of a study its name and hash (the JSON form has all of it). */
function originOf({ made }: Figure): string {
  if (made === undefined) return programWords(thisProgram());
  return `${programWords(made.program)}; study ${String(made.study.name)}, SHA-256 ${made.sha256}`;
}

function svgWithOrigin(svg: string, origin: string): string {
  return svg.replace(/<svg\b[^>]*>/, (tag) => `${tag}<metadata>${escapeHtml(origin)}</metadata>`);
}

function jsonWithOrigin(figure: Figure, style: FigureStyle): string {
  const { layout, ...spec } = figure.specFor(style);
  const meta = figure.made ?? { program: thisProgram() };
  return `${JSON.stringify({ ...spec, layout: { ...layout, meta } })}\n`;
}

/** Named figures as they are written into a folder: `<name>.<format>`. @returns the absolute paths */
export async function saveFigures(
  figures: Readonly<Record<string, Figure>>,
  folder: string,
  formats: readonly FigureFormat[],
  options: SaveOptions = {},
): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    for (const format of formats) {
      paths.push(await saveFigure(figure, join(folder, `${name}.${format}`), options));
    }
  }
  return paths;
}

function written(file: string, content: string | Uint8Array): string {
  const path = resolve(file);
  writeFileWhole(path, content);
  return path;
}

/** Where the first chunk of a PNG file ends: 8 bytes of signature, IHDR with 13 bytes of content. */
const headEnd = 8 + 12 + 13;

/**
 * A PNG file with a text behind its head (chunk iTXt, not compressed), which does not change the picture.
 *
 * @param key a registered keyword, e.g. Software
 */
export function pngWithText(png: Uint8Array, key: string, text: string): Uint8Array {
  const content = Buffer.concat([
    Buffer.from(`iTXt${key}`, 'latin1'),
    Buffer.alloc(5),
    Buffer.from(text, 'utf8'),
  ]);
  const chunk = Buffer.alloc(content.length + 8);
  chunk.writeUInt32BE(content.length - 4, 0);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content) >>> 0, content.length + 4);
  return new Uint8Array(Buffer.concat([png.subarray(0, headEnd), chunk, png.subarray(headEnd)]));
}
