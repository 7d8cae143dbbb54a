import { createRequire } from 'node:module';
import { fontFiles, staticFontFamily } from './font-metrics';
import { plotlyWindow, reseed } from './plotly-window';
import type { PlotlySpec } from './plotly-spec';

const load = createRequire(__filename);

export interface StaticSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

// One after another: each rendering restarts the window's random numbers, so two at once would mix them.
let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure as SVG without a browser. The same specification gives the same bytes in any process: text is measured
 * with the bundled font, and the ids that Plotly draws at random come from a fixed seed.
 */
export function renderSvg(spec: PlotlySpec, size: StaticSize): Promise<string> {
  const drawn = queue.then(() => draw(spec, size));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function draw(spec: PlotlySpec, { width, height }: StaticSize): Promise<string> {
  const window = plotlyWindow();
  reseed(window, 1);
  const font = { ...spec.layout.font, family: `${staticFontFamily}, Verdana, sans-serif` };
  const figure: PlotlySpec = { ...spec, layout: { ...spec.layout, font, autosize: false } };
  // Parsed in the window's own realm, so that Plotly's checks for plain objects hold.
  const own = window.JSON.parse(JSON.stringify(figure));
  return window.Plotly.toImage(own, { format: 'svg', width, height, imageDataOnly: true });
}

interface ResvgModule {
  readonly Resvg: new (svg: string, options: object) => { render(): { asPng(): Uint8Array } };
}

/**
 * Draws a figure as PNG: the SVG of renderSvg in the same bundled font.
 *
 * @param scale pixels of the picture per pixel of the figure
 */
export async function renderPng(spec: PlotlySpec, size: StaticSize, scale = 2): Promise<Uint8Array> {
  const svg = await renderSvg(spec, size);
  const { Resvg } = load('@resvg/resvg-js') as ResvgModule;
  const font = {
    loadSystemFonts: false,
    fontFiles: fontFiles(),
    defaultFontFamily: staticFontFamily,
    sansSerifFamily: staticFontFamily,
  };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
