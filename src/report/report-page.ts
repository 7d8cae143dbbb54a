import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../figures/figure';
import { escapeHtml, jsonForScript } from '../platform/formats/html-text';
import { isPacked, projectRoot } from '../paths';
import { programWords, thisProgram } from '../provenance';
import { plotlyBundle, zippedPlotly } from './plotly-bundle';
import { figureSection, type FigurePictures } from './sections';

/** A figure of a page: its number gives the id of its element. */
export interface PageFigure {
  readonly figure: Figure;
  /** The section with pictures and the place of the live figure. */
  readonly section: string;
}

/**
 * Renders figures for a page, in order; the package of `npm pack` has no renderer, so its pages have live figures only.
 *
 * @param page.command that the page states once for all figures
 */
export async function pageFigures(
  figures: readonly Figure[],
  page: { readonly synthetic: boolean; readonly command?: string },
): Promise<PageFigure[]> {
  const all: PageFigure[] = [];
  for (const [i, figure] of figures.entries()) {
    all.push({
      figure,
      section: figureSection(figure, figureId(i), isPacked ? null : await pictures(figure), page),
    });
  }
  return all;
}

/**
 * A page that needs no server and no network: one style, the figures' data, Plotly once and gzipped (page.js unpacks and
 * runs it). Its Content-Security-Policy runs these two scripts only and loads nothing from elsewhere. `body` must be escaped already.
 */
export async function reportPage(page: {
  readonly title: string;
  readonly body: string;
  readonly figures: readonly PageFigure[];
}): Promise<string> {
  const script = asset('page.js');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy([await plotlyBundle(), script])}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<style>${asset('page.css')}</style>
</head>
<body>
<main>
${page.body}
</main>
<footer>Written by ${escapeHtml(programWords(thisProgram()))}. This page is complete in itself: it loads nothing and sends nothing.</footer>
<script type="application/json" id="figures">${jsonForScript(page.figures.map(({ figure }, i) => liveFigure(figure, i)))}</script>
<script type="text/plain" id="plotly">${(await zippedPlotly()).toString('base64')}</script>
<script>${script}</script>
</body>
</html>
`;
}

function figureId(i: number): string {
  return `figure-${i + 1}`;
}

/** Pixels of height from which on a picture has fewer pixels for each one of the figure, for the size of the page. */
const tall = 1000;

async function pictures(figure: Figure): Promise<FigurePictures> {
  const { default: sharp } = await import('sharp');
  // Without loss, WebP takes a quarter of the bytes of PNG.
  const webp = async (theme: 'light' | 'dark'): Promise<string> => {
    const { height = 0 } = figure.stillFor({ theme, frame: 'bare' }).layout;
    const png = await figure.toPNG({ theme, frame: 'bare', scale: height > tall ? 1.5 : 2 });
    return (await sharp(png).webp({ lossless: true }).toBuffer()).toString('base64');
  };
  return { light: await webp('light'), dark: await webp('dark') };
}

function liveFigure(figure: Figure, i: number): object {
  // As plain JSON, in which what is undefined is not there.
  const spec = (theme: 'light' | 'dark'): unknown =>
    JSON.parse(JSON.stringify(figure.specFor({ theme, frame: 'bare' })));
  const light = spec('light');
  return { id: figureId(i), light, toDark: specChanges(light, spec('dark')) };
}

/** Scripts by their hashes; styles from the page itself, which Plotly writes; pictures from the page itself. */
function contentSecurityPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function asset(name: string): string {
  return readFileSync(join(projectRoot, 'src', 'report', name), 'utf8');
}

/**
 * What turns one JSON value into another: a new value stands alone in a list, changes inside objects and lists stand
 * under their key or index. Undefined where both are equal. `page.js` applies it, so that a page holds the dark form of a
 * figure as its few other colors.
 */
export function specChanges(from: unknown, to: unknown): unknown {
  if (from === to) return undefined;
  if (!isNested(from) || !isNested(to) || !haveSameKeys(from, to)) return [to];
  const changes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(to)) {
    const change = specChanges(from[key], value);
    if (change !== undefined) changes[key] = change;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

type Nested = Record<string, unknown>;

function isNested(value: unknown): value is Nested {
  return typeof value === 'object' && value !== null;
}

function haveSameKeys(a: Nested, b: Nested): boolean {
  return Array.isArray(a) === Array.isArray(b) && Object.keys(a).join('\n') === Object.keys(b).join('\n');
}
