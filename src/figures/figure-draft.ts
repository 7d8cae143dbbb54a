import { Figure } from './figure';
import type { PlotlySpec } from './plotly-spec';
import type { FigureStyle, Framing } from './theme';

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
): Figure {
  const framing: Framing = { title, caption, synthetic, height };
  return new Figure({
    title,
    alt,
    caption,
    build: (style) => draw(framing, style),
    ...(still === undefined
      ? {}
      : {
          buildStill: (style: FigureStyle) => still.draw({ ...framing, height: still.height }, style),
        }),
  });
}
