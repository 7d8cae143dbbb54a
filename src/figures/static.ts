import { readFileSync } from 'node:fs';
import { TextDecoder, TextEncoder } from 'node:util';
import { canvasContext, canvasDataUrl, type CanvasElement } from './canvas';
import { fontFiles, load, placeOf, staticFontFamily } from './text';
import type { PlotlySpec } from './plotly-spec';
import { type Box, clientBox, localBox, type SvgNode } from './svg-boxes';

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
  return new Resvg(withSharpCells(withAnchors(svg)), { font, fitTo: { mode: 'zoom', value: scale } })
    .render()
    .asPng();
}

/**
 * The same picture with a point that nobody sees in each clipped group. resvg ends the process, which nothing can catch,
 * at a clipped group that lies outside of the picture, e.g. a line at a value beyond the axis.
 */
function withAnchors(svg: string): string {
  return svg.replace(/<g\b[^>]*\bclip-path="[^>]*[^/]>/g, '$&<rect width="1" height="1" fill-opacity="0"/>');
}

/** The cells of a heat map are pixels of a small picture, which resvg else blurs: it knows one word for that only. */
function withSharpCells(svg: string): string {
  return svg.replaceAll('image-rendering: pixelated', 'image-rendering: optimizeSpeed');
}

interface PlotlyModule {
  toImage(
    figure: PlotlySpec,
    options: { format: 'svg'; width: number; height: number; imageDataOnly: true },
  ): Promise<string>;
  /** Complaints about attributes that Plotly does not know; for tests. */
  validate(
    data: unknown,
    layout: unknown,
  ): readonly { readonly code: string; readonly msg: string }[] | undefined;
}

/** The members of the jsdom window that are used or replaced here. */
interface PlotlyWindow {
  eval(source: string): unknown;
  readonly JSON: { parse(text: string): PlotlySpec };
  readonly Math: { random(): number };
  readonly URL: { createObjectURL?: () => string };
  readonly Element: { readonly prototype: object };
  readonly SVGElement: { readonly prototype: object };
  readonly HTMLCanvasElement: { readonly prototype: object };
  Plotly?: PlotlyModule;
}

interface JsdomModule {
  readonly JSDOM: new (html: string, options: object) => { readonly window: PlotlyWindow };
  readonly VirtualConsole: new () => object;
}

let cached: PlotlyWindow | undefined;

/** plotly.js in a jsdom window of its own realm: its globals (Math among them) are not those of this process. */
export function plotlyWindow(): PlotlyWindow & { readonly Plotly: PlotlyModule } {
  if (cached?.Plotly === undefined) {
    const { JSDOM, VirtualConsole } = load('jsdom') as JsdomModule;
    const options = {
      runScripts: 'outside-only',
      pretendToBeVisual: false,
      virtualConsole: new VirtualConsole(),
    };
    const { window } = new JSDOM('<!doctype html><body></body>', options);
    giveLayout(window);
    window.eval(readFileSync(placeOf('plotly.js-dist'), 'utf8'));
    // The bundle assigns itself to `moduleName` on the window when there is no module loader.
    window.eval('window.Plotly = window.Plotly || window.moduleName;');
    cached = window;
  }
  return cached as PlotlyWindow & { readonly Plotly: PlotlyModule };
}

/** Restarts the window's Math.random (ids of clip paths come from it): a 32-bit Weyl sequence with a mixing step. */
export function reseed(window: PlotlyWindow, seed: number): void {
  let state = seed >>> 0;
  Object.defineProperty(window.Math, 'random', {
    configurable: true,
    writable: true,
    value: (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return ((z ^ (z >>> 15)) >>> 0) / 4294967296;
    },
  });
}

function asRect(box: Box | null): object {
  const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: 0, bottom: 0 };
  return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
}

/** jsdom computes no layout; Plotly asks for it in these places only. */
function giveLayout(window: PlotlyWindow): void {
  const define = (target: object, name: string, value: unknown): void => {
    Object.defineProperty(target, name, { configurable: true, writable: true, value });
  };
  define(window.Element.prototype, 'getBoundingClientRect', function (this: SvgNode) {
    return asRect(clientBox(this));
  });
  define(window.SVGElement.prototype, 'getBBox', function (this: SvgNode) {
    return asRect(localBox(this));
  });
  define(window.SVGElement.prototype, 'getComputedTextLength', function (this: SvgNode) {
    const box = localBox(this);
    return box === null ? 0 : box.right - box.left;
  });
  define(window.HTMLCanvasElement.prototype, 'getContext', function (this: CanvasElement, kind: string) {
    return kind === '2d' ? canvasContext(this) : null;
  });
  define(window.HTMLCanvasElement.prototype, 'toDataURL', function (this: CanvasElement) {
    return canvasDataUrl(this);
  });
  define(window.URL, 'createObjectURL', () => 'blob:static');
  // The bundled map library asks for these when it loads; jsdom has none.
  define(window, 'TextDecoder', TextDecoder);
  define(window, 'TextEncoder', TextEncoder);
}
