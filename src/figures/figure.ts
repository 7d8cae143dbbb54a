import { badInput } from '../errors';
import { jupyterDisplay, type MimeBundle } from './jupyter-display';
import { columnPixels, renderPdf, type PaperColumns } from './pdf';
import type { PlotlySpec } from './plotly-spec';
import { renderPng, renderSvg, type StaticSize } from './static';
import { defaultFigureWidth, type FigureStyle, type ThemeName } from './theme';

export { defaultFigureWidth } from './theme';

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

export interface PdfOptions extends Pick<StaticOptions, 'theme' | 'frame'> {
  /** Of a paper's page: 3.25 or 6.75 inches (default 2). */
  readonly columns?: PaperColumns;
}

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
  async toSVG(options: StaticOptions = {}): Promise<string> {
    const { spec, size } = this.sized(options);
    return renderSvg(spec, size);
  }

  /** @param options.scale pixels of the picture per pixel of the figure, default 2 */
  async toPNG(options: StaticOptions & { readonly scale?: number } = {}): Promise<Uint8Array> {
    const { spec, size } = this.sized(options);
    return renderPng(spec, size, options.scale);
  }

  /**
   * A page of vector graphics, one or two columns of a paper wide. Title and caption are left to the paper unless
   * `frame: 'full'` asks for them.
   */
  async toPDF(options: PdfOptions = {}): Promise<Uint8Array> {
    const { columns = 2, frame = 'bare', theme } = options;
    if (columns !== 1 && columns !== 2) {
      throw badInput('the number of columns', columns, 'must be 1 or 2', 'Leave it out for the whole page');
    }
    const { spec, size } = this.sized({ theme, frame, width: columnPixels(columns) });
    return renderPdf(await renderSvg(spec, size), size, columns, this);
  }

  /** No text/html on purpose: viewers that prefer it, but run no scripts, would show nothing instead of the picture. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return {
      'application/vnd.plotly.v1+json': this.spec,
      // JupyterLab shows the picture, pixel by pixel, until a reader points at it; more pixels would make it larger.
      'image/png': Buffer.from(await this.toPNG({ scale: 1 })).toString('base64'),
      'text/plain': `${this.title}. ${this.alt}`,
    };
  }

  private sized(options: StaticOptions): { spec: PlotlySpec; size: StaticSize } {
    const { theme = 'light', frame = 'full', width = defaultFigureWidth } = options;
    if (!(width >= 200 && width <= 10_000)) {
      throw badInput(
        'the width of a figure',
        width,
        'must be from 200 to 10000 pixels',
        'Leave it out for 860',
      );
    }
    const spec = this.stillFor({ theme, frame, width });
    return { spec, size: { width, height: spec.layout.height ?? 480 } };
  }
}
