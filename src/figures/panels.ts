import type { PlotlyAnnotation, PlotlyAxis, PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { figureConfig, framedLayout } from './theme';
import type { FigureStyle, Framing } from './theme';

/** What one panel of a figure consists of. */
export interface PanelParts {
  readonly axes: Readonly<Record<string, PlotlyAxis>>;
  readonly data: readonly PlotlyTrace[];
  readonly annotations: readonly PlotlyAnnotation[];
  readonly shapes: readonly PlotlyShape[];
}

/** Plotly's suffix of the axes of panel i, from 0: '', '2', '3', ... */
export function axisId(i: number): string {
  return i === 0 ? '' : String(i + 1);
}

/** A figure of several panels, in their order. */
export function panelSpec(panels: readonly PanelParts[], framing: Framing, style: FigureStyle): PlotlySpec {
  const annotations = panels.flatMap((panel) => panel.annotations);
  const axes: Record<string, PlotlyAxis> = Object.assign({}, ...panels.map((panel) => panel.axes));
  return {
    data: panels.flatMap((panel) => panel.data),
    layout: {
      ...framedLayout(framing, style, annotations),
      ...axes,
      shapes: panels.flatMap((panel) => panel.shapes),
    },
    config: figureConfig,
  };
}
