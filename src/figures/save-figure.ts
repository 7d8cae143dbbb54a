import { extname, join, resolve } from 'node:path';
import { badInput } from '../errors';
import { writeFileWhole } from '../platform/formats/write-file';
import type { Figure, PdfOptions, StaticOptions } from './figure';

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
  return written(file, await figure.toPDF(options));
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
      return written(file, await figure.toSVG(options));
    case '.png':
      return written(file, await figure.toPNG(options));
    case '.pdf':
      return savePdf(figure, file, options);
    case '.json':
      return written(file, `${JSON.stringify(figure.specFor({ theme, frame, width: options.width }))}\n`);
    default:
      throw badInput(
        'the file of a figure',
        file,
        `must end with .${figureFormats.join(', .')}`,
        'Rename it',
      );
  }
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
