import { fontFiles, load } from './text';
import type { StaticSize } from './static';

/** The members of pdfkit's document that are used here. */
interface PdfDocument {
  on(event: 'data', take: (chunk: Uint8Array) => void): void;
  on(event: 'end', then: () => void): void;
  on(event: 'error', fail: (error: Error) => void): void;
  registerFont(name: string, path: string): void;
  end(): void;
}

type PdfKit = new (options: object) => PdfDocument;
type SvgToPdf = (document: PdfDocument, svg: string, x: number, y: number, options: object) => void;

/** How many columns of a paper's page a figure spans. */
export type PaperColumns = 1 | 2;

/**
 * Widths in points (72 an inch) of one and two columns: 3.25 and 6.75 inches, those of ICML's two-column style, which fit
 * into the columns of other conferences too.
 */
export const columnPoints: Readonly<Record<PaperColumns, number>> = { 1: 234, 2: 486 };

/**
 * Points per pixel. The same for both widths, so that text has the same size in all figures of a paper: 7.3 points for
 * titles of axes, 6.8 for their labels.
 */
export const pointsPerPixel = columnPoints[2] / 860;

/** Width in pixels of the figure that fills so many columns. */
export function columnPixels(columns: PaperColumns): number {
  return Math.round(columnPoints[columns] / pointsPerPixel);
}

export interface PdfWords {
  readonly title: string;
  /** What the figure shows, in words; the PDF's subject. */
  readonly alt: string;
  /** Default ccl-lab. */
  readonly creator?: string;
}

/** Fixed: the clock has no place in a result. */
const creationDate = new Date(Date.UTC(2000, 0, 1));

/**
 * Turns the SVG of renderSvg into a PDF of one page without margins: vector lines, text as text in the bundled font,
 * which is embedded. The same picture gives the same bytes.
 *
 * @param size of the SVG in pixels; the page has `columnPoints` of width and the height that follows
 */
export function renderPdf(
  svg: string,
  size: StaticSize,
  columns: PaperColumns,
  words: PdfWords,
): Promise<Uint8Array> {
  const PDFDocument = load('pdfkit') as PdfKit;
  const toPdf = load('svg-to-pdfkit') as SvgToPdf;
  const width = columnPoints[columns];
  const height = (size.height * width) / size.width;
  const { title, alt, creator = 'ccl-lab' } = words;
  const info = { Title: title, Subject: alt, Creator: creator, CreationDate: creationDate };
  const document = new PDFDocument({ size: [width, height], margin: 0, info, lang: 'en' });
  const [regular, bold] = fontFiles();
  document.registerFont('regular', regular);
  document.registerFont('bold', bold);
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    document.on('data', (chunk) => chunks.push(chunk));
    document.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    document.on('error', reject);
    try {
      toPdf(document, svg, 0, 0, {
        width,
        height,
        preserveAspectRatio: 'xMinYMin meet',
        fontCallback: (_family: string, isBold: boolean) => (isBold ? 'bold' : 'regular'),
        // Silence would hide a part of the picture that the PDF lacks.
        warningCallback: (warning: string) =>
          reject(new Error(`The PDF lacks a part of the picture: ${warning}`)),
      });
      document.end();
    } catch (error) {
      reject(error as Error);
    }
  });
}
