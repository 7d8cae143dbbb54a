/**
 * The part of Plotly's figure format that the laboratory writes, as plain JSON: what `Plotly.newPlot` takes and what
 * `application/vnd.plotly.v1+json` carries. Attribute names and meanings are Plotly's own
 * (https://plotly.com/javascript/reference/).
 */

export interface PlotlyFont {
  readonly family?: string;
  readonly size?: number;
  readonly color?: string;
  readonly weight?: number;
}

export interface PlotlyLine {
  readonly color?: string;
  readonly width?: number;
  readonly dash?: 'solid' | 'dot' | 'dash' | 'dashdot';
  /** `hv` draws steps: the value holds from one x to the next. */
  readonly shape?: 'linear' | 'hv';
}

export interface PlotlyMarker {
  readonly color?: string | readonly string[];
  readonly size?: number | readonly number[];
  readonly opacity?: number;
  readonly symbol?: string | readonly string[];
  readonly line?: PlotlyLine;
}

export interface PlotlyErrorBars {
  readonly type: 'data';
  readonly symmetric: false;
  readonly array: readonly number[];
  readonly arrayminus: readonly number[];
  readonly color?: string;
  readonly thickness?: number;
  readonly width?: number;
}

/** A scatter trace (lines, markers, text); the figures of this folder need no other type, and none that uses WebGL. */
export interface PlotlyTrace {
  readonly type: 'scatter';
  /** Fixed id, so that the static picture has the same bytes each time. */
  readonly uid: string;
  readonly name?: string;
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly text?: readonly string[];
  readonly customdata?: readonly (string | number | readonly (string | number)[])[];
  readonly mode: 'lines' | 'markers' | 'lines+markers' | 'text' | 'lines+markers+text' | 'markers+text';
  readonly line?: PlotlyLine;
  readonly marker?: PlotlyMarker;
  readonly opacity?: number;
  readonly fill?: 'tozeroy' | 'tonexty' | 'toself' | 'none';
  readonly fillcolor?: string;
  readonly textposition?: string | readonly string[];
  readonly textfont?: PlotlyFont;
  readonly error_x?: PlotlyErrorBars;
  readonly error_y?: PlotlyErrorBars;
  readonly xaxis?: string;
  readonly yaxis?: string;
  readonly legendgroup?: string;
  readonly showlegend?: boolean;
  readonly hoverinfo?: 'skip';
  readonly hovertemplate?: string;
  readonly cliponaxis?: boolean;
}

export interface PlotlyAxis {
  readonly title?: { readonly text: string; readonly standoff?: number; readonly font?: PlotlyFont };
  readonly type?: 'linear' | 'log';
  readonly range?: readonly [number, number];
  readonly rangemode?: 'normal' | 'tozero' | 'nonnegative';
  readonly domain?: readonly [number, number];
  readonly anchor?: string;
  readonly matches?: string;
  readonly dtick?: number | string;
  readonly side?: 'top' | 'bottom' | 'left' | 'right';
  readonly tickangle?: number;
  readonly tickmode?: 'array' | 'auto' | 'linear';
  readonly tickvals?: readonly number[];
  readonly ticktext?: readonly string[];
  readonly tickformat?: string;
  readonly exponentformat?: 'power' | 'none' | 'e';
  readonly showticklabels?: boolean;
  readonly ticks?: 'outside' | '';
  readonly ticklen?: number;
  readonly tickcolor?: string;
  readonly tickfont?: PlotlyFont;
  readonly minor?: {
    readonly dtick?: string;
    readonly ticks?: 'outside';
    readonly ticklen?: number;
    readonly tickcolor?: string;
  };
  readonly nticks?: number;
  readonly showgrid?: boolean;
  readonly gridcolor?: string;
  readonly linecolor?: string;
  readonly showline?: boolean;
  readonly zeroline?: boolean;
  readonly automargin?: boolean;
  readonly fixedrange?: boolean;
}

export interface PlotlyAnnotation {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly xref: string;
  readonly yref: string;
  readonly xanchor?: 'left' | 'center' | 'right';
  readonly yanchor?: 'top' | 'middle' | 'bottom';
  readonly xshift?: number;
  readonly yshift?: number;
  readonly align?: 'left' | 'center' | 'right';
  readonly showarrow: false;
  readonly font?: PlotlyFont;
  readonly bgcolor?: string;
  readonly bordercolor?: string;
  readonly borderpad?: number;
}

export interface PlotlyShape {
  readonly type: 'line' | 'rect';
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly xref: string;
  readonly yref: string;
  readonly line?: PlotlyLine;
  readonly fillcolor?: string;
  readonly layer?: 'above' | 'below';
}

export interface PlotlyLegend {
  readonly orientation?: 'h' | 'v';
  readonly x?: number;
  readonly y?: number;
  readonly xanchor?: 'left' | 'center' | 'right';
  readonly yanchor?: 'top' | 'middle' | 'bottom';
  readonly yref?: 'paper' | 'container';
  readonly bgcolor?: string;
  readonly font?: PlotlyFont;
  readonly tracegroupgap?: number;
  readonly traceorder?: 'normal' | 'reversed' | 'grouped';
  readonly itemsizing?: 'trace' | 'constant';
}

/** Axes are keyed `xaxis`, `xaxis2`, …, `yaxis`, `yaxis2`, … */
export type PlotlyAxes = { readonly [key in `${'x' | 'y'}axis${number | ''}`]?: PlotlyAxis };

export interface PlotlyLayout extends PlotlyAxes {
  readonly title?: {
    readonly text: string;
    readonly x?: number;
    readonly xanchor?: 'left' | 'center';
    readonly xref?: 'container' | 'paper';
    readonly y?: number;
    readonly yref?: 'container' | 'paper';
    readonly yanchor?: 'top' | 'bottom';
    readonly font?: PlotlyFont;
  };
  readonly width?: number;
  readonly height?: number;
  readonly autosize?: boolean;
  readonly margin?: { readonly l: number; readonly r: number; readonly t: number; readonly b: number };
  readonly font?: PlotlyFont;
  readonly paper_bgcolor?: string;
  readonly plot_bgcolor?: string;
  readonly colorway?: readonly string[];
  readonly showlegend?: boolean;
  readonly legend?: PlotlyLegend;
  readonly annotations?: readonly PlotlyAnnotation[];
  readonly shapes?: readonly PlotlyShape[];
  readonly hovermode?: 'closest' | 'x' | 'x unified' | false;
  readonly hoverlabel?: {
    readonly bgcolor?: string;
    readonly bordercolor?: string;
    readonly font?: PlotlyFont;
    readonly namelength?: number;
  };
  readonly dragmode?: 'zoom' | 'pan' | false;
  readonly sliders?: readonly PlotlySlider[];
  readonly updatemenus?: readonly PlotlyUpdateMenu[];
}

/** What `Plotly.animate` takes beside the names of frames. */
export interface PlotlyAnimation {
  readonly mode: 'immediate' | 'next' | 'afterall';
  readonly fromcurrent?: boolean;
  readonly frame: { readonly duration: number; readonly redraw: boolean };
  readonly transition: { readonly duration: number };
}

/** A step of a slider or a button: which frames it plays; null is all of them, [null] stops. */
export interface PlotlyAnimateCall {
  readonly label: string;
  readonly method: 'animate';
  readonly args: readonly [null | readonly [string | null], PlotlyAnimation];
}

interface PlotlyControl {
  readonly x: number;
  readonly y: number;
  readonly xanchor: 'left' | 'right';
  readonly yanchor: 'top' | 'middle' | 'bottom';
  readonly pad?: { readonly t?: number; readonly b?: number; readonly l?: number; readonly r?: number };
  readonly bgcolor?: string;
  readonly bordercolor?: string;
  readonly font?: PlotlyFont;
}

export interface PlotlySlider extends PlotlyControl {
  readonly active: number;
  readonly len: number;
  readonly currentvalue: { readonly prefix: string; readonly font?: PlotlyFont };
  readonly steps: readonly PlotlyAnimateCall[];
}

export interface PlotlyUpdateMenu extends PlotlyControl {
  readonly type: 'buttons';
  readonly direction: 'left';
  readonly showactive: false;
  readonly buttons: readonly PlotlyAnimateCall[];
}

/** What changes in one frame: new coordinates for the traces at these places in `data`. */
export interface PlotlyFrame {
  readonly name: string;
  readonly traces: readonly number[];
  readonly data: readonly Pick<PlotlyTrace, 'x' | 'y'>[];
}

export interface PlotlyConfig {
  readonly responsive?: boolean;
  readonly displaylogo?: boolean;
  readonly displayModeBar?: boolean | 'hover';
  readonly modeBarButtonsToRemove?: readonly string[];
}

/**
 * A complete figure: `Plotly.newPlot(div, { data, layout, config, frames })`. JupyterLab and VS Code hand all four on
 * from `application/vnd.plotly.v1+json`.
 */
export interface PlotlySpec {
  readonly data: readonly PlotlyTrace[];
  readonly layout: PlotlyLayout;
  /** The frames of a figure that moves; its layout then has the slider. */
  readonly frames?: readonly PlotlyFrame[];
  readonly config: PlotlyConfig;
}
