import { jupyterDisplay, type MimeBundle } from './jupyter-display';
import type { PlotlySpec } from './plotly-spec';
import { renderPng, renderSvg, type StaticSize } from './static';
import type { FigureStyle, ThemeName } from './theme';

export interface FigureParts {
  readonly title: string;
  /** What the figure shows, in words, for those who cannot see it. */
  readonly alt: string;
  /** How to read it, and the command that reproduces it. */
  readonly caption: string;
  readonly build: (style: FigureStyle) => PlotlySpec;
  /** What the picture shows instead, for a figure whose live form moves; default the live form. */
  readonly buildStill?: (style: FigureStyle) => PlotlySpec;
}

export interface StaticOptions {
  readonly theme?: ThemeName;
  /** Whether title and caption are part of the picture (default `full`). */
  readonly frame?: FigureStyle['frame'];
  /** Width in pixels, default 860. */
  readonly width?: number;
}

export const defaultFigureWidth = 860;

/**
 * A figure as a value. The last expression of a notebook cell shows it: live where the viewer draws Plotly's JSON, as a
 * picture elsewhere (GitHub, nbviewer).
 */
export class Figure {
  readonly title: string;
  readonly alt: string;
  readonly caption: string;
  private readonly build: FigureParts['build'];
  private readonly buildStill: FigureParts['build'];

  constructor(parts: FigureParts) {
    this.title = parts.title;
    this.alt = parts.alt;
    this.caption = parts.caption;
    this.build = parts.build;
    this.buildStill = parts.buildStill ?? parts.build;
  }

  /** The light, complete form: `Plotly.newPlot(div, spec)`. */
  get spec(): PlotlySpec {
    return this.specFor({ theme: 'light', frame: 'full' });
  }

  specFor(style: FigureStyle): PlotlySpec {
    return this.build(style);
  }

  /** The form that pictures are drawn from: `specFor` but for a figure that moves. */
  stillFor(style: FigureStyle): PlotlySpec {
    return this.buildStill(style);
  }

  /** The same bytes each time, in any process. */
  toSVG(options: StaticOptions = {}): Promise<string> {
    const { spec, size } = this.sized(options);
    return renderSvg(spec, size);
  }

  /** @param options.scale pixels of the picture per pixel of the figure, default 2 */
  toPNG(options: StaticOptions & { readonly scale?: number } = {}): Promise<Uint8Array> {
    const { spec, size } = this.sized(options);
    return renderPng(spec, size, options.scale);
  }

  /** No text/html on purpose: viewers that prefer it, but run no scripts, would show nothing instead of the picture. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return {
      'application/vnd.plotly.v1+json': this.spec,
      'image/png': Buffer.from(await this.toPNG()).toString('base64'),
      'text/plain': `${this.title}. ${this.alt}`,
    };
  }

  private sized(options: StaticOptions): { spec: PlotlySpec; size: StaticSize } {
    const spec = this.stillFor({ theme: options.theme ?? 'light', frame: options.frame ?? 'full' });
    return { spec, size: { width: options.width ?? defaultFigureWidth, height: spec.layout.height ?? 480 } };
  }
}
