import type {
  PlotlyAnnotation,
  PlotlyAxis,
  PlotlyConfig,
  PlotlyFont,
  PlotlyLayout,
  PlotlyLegend,
} from './plotly-spec';
import { wrappedPlotText } from './text';

export type ThemeName = 'light' | 'dark';

export interface FigureStyle {
  readonly theme: ThemeName;
  /** `full` writes title and caption into the figure; `bare` leaves them to the page around it. */
  readonly frame: 'full' | 'bare';
  /** Pixels that the figure will be drawn in; panels side by side then know how many fit. Default 860. */
  readonly width?: number;
}

/** Width in pixels of a figure that nobody asked to be narrower. */
export const defaultFigureWidth = 860;

export function figureWidth({ width = defaultFigureWidth }: FigureStyle): number {
  return width;
}

export interface Theme {
  readonly ink: string;
  readonly faintInk: string;
  readonly background: string;
  readonly grid: string;
  readonly member: string;
  readonly nonMember: string;
  /** One a method, in order; the first, for the undefended baseline, is the color of the text. */
  readonly methods: readonly string[];
}

/** Okabe and Ito's colors (told apart with any color vision), for dark backgrounds raised where they would be too dim. */
export const themes: Readonly<Record<ThemeName, Theme>> = {
  light: {
    ink: '#1f2328',
    faintInk: '#59636e',
    background: '#ffffff',
    grid: '#e6e8eb',
    member: '#d55e00',
    nonMember: '#0072b2',
    methods: ['#1f2328', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5ea8', '#8a6d3b', '#a3324a'],
  },
  dark: {
    ink: '#e6e8eb',
    faintInk: '#9ba5b0',
    background: '#16191d',
    grid: '#2b3036',
    member: '#ff8a47',
    nonMember: '#56b4e9',
    methods: ['#e6e8eb', '#1fbf92', '#e196c0', '#e69f00', '#56b4e9', '#a990d6', '#c2a36b', '#ef7b8f'],
  },
};

/** Line patterns and markers repeat the distinction, so that no figure depends on color alone. */
const dashes = ['solid', 'dash', 'dot', 'dashdot'] as const;
const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'cross', 'star'] as const;

export interface MethodStyle {
  readonly color: string;
  readonly dash: (typeof dashes)[number];
  readonly symbol: string;
}

/** How the i-th method of a study is drawn, the same in all figures. */
export function methodStyle(theme: Theme, index: number): MethodStyle {
  return {
    color: theme.methods[index % theme.methods.length],
    dash: dashes[index % dashes.length],
    symbol: symbols[index % symbols.length],
  };
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

/** A color `#rrggbb` with an opacity in [0, 1]. */
export function translucent(color: string, opacity: number): string {
  const [r, g, b] = channels(color);
  return `rgba(${r},${g},${b},${opacity})`;
}

/** The color a share in [0, 1] of the way from one color `#rrggbb` to another. */
export function mixed(from: string, to: string, share: number): string {
  const [start, end] = [channels(from), channels(to)];
  const mix = start.map((value, i) => Math.round(value + share * (end[i] - value)));
  return `#${mix.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Contrast of two colors `#rrggbb` by WCAG 2.1 (relative luminance), in [1, 21]. */
export function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [r, g, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** What stands around a figure, the same for all. */
export interface Framing {
  readonly title: string;
  /** How to read the figure; the command that reproduces it stands on a line of its own. */
  readonly caption: string;
  readonly synthetic: boolean;
  /** Height of the whole figure in pixels without title and caption. */
  readonly height: number;
}

/** Fixed, so that titles, captions and the plots of one report start at the same place. */
const leftMargin = 72;
const rightMargin = 18;
const titleLine = 20;
const captionLine = 17;
/** Mean width in pixels of a character of title and caption, a little generous. */
const characterWidth = { title: 10.2, caption: 6.5 };

/** Pixels between the left and the right margin: what panels share. */
export function plotWidth(style: FigureStyle): number {
  return figureWidth(style) - leftMargin - rightMargin;
}

/** Height in pixels of the figure in its frame. */
function framedHeight(framing: Framing, style: FigureStyle): number {
  if (style.frame === 'bare') return framing.height;
  return framing.height + titleHeight(framing, style) + captionHeight(framing, style);
}

function wrapped(text: string, style: FigureStyle, part: keyof typeof characterWidth): string {
  return wrappedPlotText(text, Math.floor((figureWidth(style) - 24) / characterWidth[part]));
}

function lineCount(text: string): number {
  return text.split('<br>').length;
}

function titleHeight({ title }: Framing, style: FigureStyle): number {
  return 22 + titleLine * lineCount(wrapped(title, style, 'title'));
}

function captionLines(framing: Framing, style: FigureStyle): string {
  const paragraphs = framing.caption.split('\n');
  return paragraphs.map((paragraph) => wrapped(paragraph, style, 'caption')).join('<br>');
}

function captionHeight(framing: Framing, style: FigureStyle): number {
  return 16 + captionLine * lineCount(captionLines(framing, style));
}

/** The layout that all figures share; the caller adds axes, shapes and its own annotations. */
export function framedLayout(
  framing: Framing,
  style: FigureStyle,
  annotations: readonly PlotlyAnnotation[] = [],
): PlotlyLayout {
  const theme = themes[style.theme];
  const full = style.frame === 'full';
  const below = full ? captionHeight(framing, style) : 0;
  const above = full ? titleHeight(framing, style) : 0;
  const height = framedHeight(framing, style);
  const font: PlotlyFont = { family, size: 13, color: theme.ink };
  const marks = [...annotations, ...(framing.synthetic ? [stamp(style)] : [])];
  const shared: PlotlyLayout = {
    height,
    margin: { l: leftMargin, r: rightMargin, t: above + 34, b: 54 + below },
    font,
    paper_bgcolor: theme.background,
    plot_bgcolor: theme.background,
    showlegend: true,
    legend: legendBelow(full ? above : 6, height, style),
    annotations: full ? [...marks, captionMark(framing, style)] : marks,
    hovermode: 'closest',
    hoverlabel: {
      bgcolor: theme.background,
      bordercolor: theme.faintInk,
      font: { family, color: theme.ink },
      namelength: -1,
    },
    dragmode: false,
  };
  if (!full) return shared;
  const text = `<b>${wrapped(framing.title, style, 'title')}</b>`;
  const place = {
    x: 12 / figureWidth(style),
    xref: 'container',
    xanchor: 'left',
    yref: 'container',
    yanchor: 'top',
  } as const;
  const title = {
    ...place,
    text,
    y: 1 - 14 / height,
    font: { size: 16, color: theme.ink },
  };
  return { ...shared, title };
}

/** Anchored at its top, so that more rows grow downwards; Plotly then moves the plot and not the title. */
function legendBelow(pixels: number, height: number, style: FigureStyle): PlotlyLegend {
  const place = { x: 0, xanchor: 'left', y: 1 - pixels / height, yanchor: 'top', yref: 'container' } as const;
  // In one column of a paper entries stand closer, or the legend would take a third of the figure.
  const close = figureWidth(style) < 500 ? { font: { size: 11 }, tracegroupgap: 0 } : {};
  return { orientation: 'h', ...place, bgcolor: 'rgba(0,0,0,0)', ...close };
}

function captionMark(framing: Framing, style: FigureStyle): PlotlyAnnotation {
  const text = captionLines(framing, style);
  const place = { xref: 'paper', yref: 'paper', x: 0, y: 0, xanchor: 'left', yanchor: 'top' } as const;
  const font = { size: 11.5, color: themes[style.theme].faintInk };
  return { ...place, text, xshift: 12 - leftMargin, yshift: -60, align: 'left', showarrow: false, font };
}

/** Across the plot, behind nothing that matters: a reader cannot take the figure for one of real data. */
function stamp(style: FigureStyle): PlotlyAnnotation {
  const color = translucent(themes[style.theme].ink, 0.16);
  const font = { size: 34, color };
  const place = {
    xref: 'paper',
    yref: 'paper',
    x: 0.5,
    y: 0.5,
    xanchor: 'center',
    yanchor: 'middle',
  } as const;
  return { ...place, text: 'synthetic data', showarrow: false, font };
}

/** An axis in the house style; the title carries the unit. */
export function axis(theme: Theme, title: string, more: PlotlyAxis = {}): PlotlyAxis {
  return {
    ...(title === '' ? {} : { title: { text: title, standoff: 10, font: { size: 13 } } }),
    gridcolor: theme.grid,
    linecolor: theme.faintInk,
    showline: true,
    zeroline: false,
    ticks: 'outside',
    ticklen: 5,
    tickcolor: theme.faintInk,
    tickfont: { size: 12 },
    ...more,
  };
}

/** A log axis with one label a decade, from 10^low to 10^high. */
export function logAxis(
  theme: Theme,
  title: string,
  [low, high]: readonly [number, number],
  more: PlotlyAxis = {},
): PlotlyAxis {
  return axis(theme, title, {
    type: 'log',
    range: [low, high],
    dtick: high - low > 8 ? 2 : 1,
    exponentformat: 'power',
    minor: { dtick: 'D1', ticks: 'outside', ticklen: 2.5, tickcolor: theme.faintInk },
    ...more,
  });
}

export const figureConfig: PlotlyConfig = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
};
