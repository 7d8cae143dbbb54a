import { badInput } from '../errors';
import type { Made } from '../experiments/made';
import type { Loss, ProbabilityLoss } from '../losses/loss';
import { columnPixels, type PaperColumns, renderPdf } from './pdf';
import type { PlotlySpec } from './plotly-spec';
import { renderPng, renderSvg, type StaticSize } from './static';
import { defaultFigureWidth, type FigureStyle, type Framing, type ThemeName } from './theme';

/**
 * The key under which a value tells a Jupyter kernel how to show it (the convention of Deno's kernel, also followed by
 * nodejs-polars): a method without parameters that returns a MIME bundle or a Promise of one.
 */
export const jupyterDisplay: unique symbol = Symbol.for('Jupyter.display');

/** MIME type to its content: text, base64 for binary types, an object for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** A value with a rich form in notebooks. */
export interface JupyterDisplayable {
  [jupyterDisplay](): MimeBundle | Promise<MimeBundle>;
}

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
  /** Whether a picture can be drawn without a browser; default true. */
  readonly hasPicture?: boolean;
  /** What the numbers were made by and from, for the files that a figure is kept in. */
  readonly made?: Made;
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
  /** What made the figure, for the properties of the file. */
  readonly creator?: string;
}

/**
 * A figure as a value. The last expression of a notebook cell shows it: live where the viewer draws Plotly's JSON, as a
 * picture elsewhere (GitHub, nbviewer).
 */
export class Figure {
  readonly title: string;
  readonly alt: string;
  readonly caption: string;
  readonly made: Made | undefined;
  private readonly build: FigureParts['build'];
  private readonly buildStill: FigureParts['build'];
  private readonly hasPicture: boolean;

  constructor(parts: FigureParts) {
    this.title = parts.title;
    this.alt = parts.alt;
    this.caption = parts.caption;
    this.made = parts.made;
    this.build = parts.build;
    this.buildStill = parts.buildStill ?? parts.build;
    this.hasPicture = parts.hasPicture ?? true;
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
    const { columns = 2, frame = 'bare', theme, creator } = options;
    if (columns !== 1 && columns !== 2) {
      throw badInput('the number of columns', columns, 'must be 1 or 2', 'Leave it out for the whole page');
    }
    const { spec, size } = this.sized({ theme, frame, width: columnPixels(columns) });
    return renderPdf(await renderSvg(spec, size), size, columns, {
      title: this.title,
      alt: this.alt,
      creator,
    });
  }

  /** No text/html on purpose: viewers that prefer it, but run no scripts, would show nothing instead of the picture. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return {
      'application/vnd.plotly.v1+json': this.spec,
      // JupyterLab shows the picture, pixel by pixel, until a reader points at it; more pixels would make it larger.
      ...(this.hasPicture
        ? { 'image/png': Buffer.from(await this.toPNG({ scale: 1 })).toString('base64') }
        : {}),
      'text/plain': `${this.title}. ${this.alt}`,
    };
  }

  private sized(options: StaticOptions): { spec: PlotlySpec; size: StaticSize } {
    if (!this.hasPicture) {
      throw badInput(
        'a picture of this figure',
        this.alt,
        'needs a browser for at least one of its trace types',
        'Show it in a notebook, and save the picture from there',
      );
    }
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

/** What a figure has beside its data and its source. */
export interface FigureDraft {
  readonly title: string;
  readonly alt: string;
  /** How to read it. */
  readonly reading: string;
  readonly height: number;
  readonly draw: (framing: Framing, style: FigureStyle) => PlotlySpec;
  /** What pictures show instead, for a figure whose live form moves. */
  readonly still?: {
    readonly height: number;
    readonly draw: (framing: Framing, style: FigureStyle) => PlotlySpec;
  };
}

/** The figure of a draft, with a caption. */
export function draftedFigure(
  { title, alt, height, draw, still }: Omit<FigureDraft, 'reading'>,
  caption: string,
  synthetic: boolean,
  made?: Made,
): Figure {
  const framing: Framing = { title, caption, synthetic, height };
  return new Figure({
    title,
    alt,
    caption,
    made,
    build: (style) => draw(framing, style),
    ...(still === undefined
      ? {}
      : {
          buildStill: (style: FigureStyle) => still.draw({ ...framing, height: still.height }, style),
        }),
  });
}

/** Where the numbers of a figure come from; its caption says it. */
export interface FigureSource {
  /** The data set in words, e.g. `Location30`. */
  readonly data: string;
  /** The command or call that reproduces the figure. */
  readonly command: string;
  /** Whether the records were generated rather than collected: the figure is then stamped. */
  readonly synthetic: boolean;
  /** Of a study: what made its result. */
  readonly made?: Made;
}

/** A figure whose caption names data and command. */
export function sourcedFigure(draft: FigureDraft, { data, command, synthetic, made }: FigureSource): Figure {
  if (command.trim() === '') {
    throw badInput(
      'the command of a figure',
      command,
      'must say how to reproduce it',
      'Pass the command or call',
    );
  }
  const source = synthetic ? `${data} (synthetic data)` : data;
  const alt = synthetic ? `Synthetic data. ${draft.alt}` : draft.alt;
  return draftedFigure(
    { ...draft, alt },
    `${draft.reading} Data: ${source}.\nReproduce: ${command}`,
    synthetic,
    made,
  );
}

/** What a figure of the theory has beside its data. */
interface TheoryDraft extends FigureDraft {
  /** The call that makes the figure again. */
  readonly code: string;
}

/** A figure whose caption ends with the call that makes it again. */
export function theoryFigure(draft: TheoryDraft): Figure {
  return draftedFigure(draft, `${draft.reading}\nReproduce: ${draft.code}`, false);
}

/** The expression that makes a loss, for captions. */
function codeOf({ name, options }: Pick<Loss, 'name' | 'options'>): string {
  const said = Object.entries(options).filter(([option, value]) => !(option === 'beta' && value === 1));
  if (said.length === 0) return `loss('${name}')`;
  return `loss('${name}', { ${said.map(([option, value]) => `${option}: ${JSON.stringify(value)}`).join(', ')} })`;
}

/** The same for several. */
export function codeOfAll(all: readonly ProbabilityLoss[]): string {
  return `[${all.map(codeOf).join(', ')}]`;
}

/** Options as written in a call, the undefined ones left out and a start distribution as a variable; empty for none. */
export function codeOfOptions(options: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  if (said.length === 0) return '';
  const parts = said.map(([name, value]) => (name === 'start' ? name : `${name}: ${JSON.stringify(value)}`));
  return `, { ${parts.join(', ')} }`;
}

export function requireLosses(all: readonly ProbabilityLoss[]): void {
  if (all.length > 0) return;
  throw badInput('losses', all, 'must be at least one', "Pass losses of kind p, e.g. [loss('ce')]");
}
