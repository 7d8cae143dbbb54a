import { badInput } from '../../errors';
import { Figure } from '../../figures/figure';
import type { PlotlySpec } from '../../figures/plotly-spec';

type Json = Readonly<Record<string, unknown>>;

/** Plotly's own figure format, with traces of any type (https://plotly.com/javascript/reference/). */
export interface PlotlyInput {
  readonly data: readonly object[];
  readonly layout?: object;
  readonly config?: object;
  readonly frames?: readonly object[];
}

/** Trace types whose picture needs nothing but SVG and the pixels of a heat map. */
const pictured = new Set('scatter bar box pie heatmap contour histogram scatterpolar'.split(' '));

/**
 * A figure of one's own from a Plotly specification, or from its traces alone. It is shown, saved and drawn anew by
 * `live` as the figures of the library are. Types that only a browser draws (3D, maps, WebGL) have no picture.
 *
 *     plotly([{ type: 'heatmap', z: [[1, 2], [3, 4]] }])
 *
 * @throws UserError for what is no specification
 *
 * @example
 * ```ts
 * import { plotly } from 'ccl-lab';
 *
 * const figure = plotly([{ type: 'scatter', x: [1, 2], y: [3, 4] }]);
 * console.log(figure.spec.data.length); // prints 1
 * ```
 */
export function plotly(input: PlotlyInput | readonly object[]): Figure {
  const { data, layout = {}, config = {}, frames } = specification(input);
  const traces = data.map((trace, i): Json => ({ type: 'scatter', uid: `trace-${i}`, ...trace }));
  const types = [...new Set(traces.map(({ type }) => String(type)))];
  const title = titleOf(layout as Json);
  const spec = {
    data: traces,
    layout: { height: 450, ...layout },
    config: { responsive: true, displaylogo: false, ...config },
    ...(frames ? { frames } : {}),
  } as unknown as PlotlySpec;
  return new Figure({
    title,
    alt: `${traces.length} ${traces.length === 1 ? 'trace' : 'traces'} (${types.join(', ')}).`,
    caption: '',
    build: () => spec,
    hasPicture: types.every((type) => pictured.has(type)),
  });
}

function specification(input: PlotlyInput | readonly object[]): PlotlyInput {
  const found = Array.isArray(input) ? { data: input as readonly object[] } : (input as PlotlyInput);
  const isTrace = (trace: unknown): boolean => typeof trace === 'object' && trace !== null;
  if (isTrace(found) && Array.isArray(found.data) && found.data.every(isTrace)) return found;
  throw badInput(
    'a Plotly figure',
    input,
    'must be { data, layout } or an array of traces',
    "Pass e.g. [{ type: 'bar', x: ['a', 'b'], y: [1, 2] }]",
  );
}

function titleOf({ title }: Json): string {
  const text = typeof title === 'object' && title !== null ? (title as Json).text : title;
  return typeof text === 'string' && text !== '' ? text.replace(/<[^>]*>/g, '') : 'Figure';
}

/** What is used of a danfo DataFrame. */
export interface FrameLike {
  readonly columns: readonly unknown[];
  readonly index: readonly unknown[];
  readonly values: unknown;
}

export interface FramePlot {
  /** A column; default the index. */
  readonly x?: string;
  /** One column or several, one trace each. */
  readonly y: string | readonly string[];
  /** A column by whose values the rows are split into traces. */
  readonly by?: string;
  /** Plotly's trace type and mode; default lines and markers. */
  readonly type?: string;
  readonly mode?: string;
  readonly title?: string;
}

/**
 * Columns of a danfo DataFrame as a figure (danfo's own `df.plot` needs a browser).
 *
 * @throws UserError for a column that the frame does not have
 */
export function plotFrame(frame: FrameLike, options: FramePlot): Figure {
  const { x, y, by, type = 'scatter', mode, title } = options;
  const rows = (frame.values as readonly unknown[]).map((row) => (Array.isArray(row) ? row : [row]));
  const column = (name: string): readonly unknown[] => {
    const at = frame.columns.indexOf(name);
    if (at < 0)
      throw badInput('a column', name, `must be one of ${frame.columns.join(', ')}`, 'Look at frame.columns');
    return rows.map((row) => row[at]);
  };
  const xs = x === undefined ? frame.index : column(x);
  const groups = by === undefined ? undefined : column(by);
  const names = typeof y === 'string' ? [y] : y;
  const data = names.flatMap((name) => {
    const ys = column(name);
    return [...new Set(groups ?? [undefined])].map((group) => {
      const own = rows.flatMap((_, i) => (groups === undefined || groups[i] === group ? [i] : []));
      const label = [names.length > 1 || groups === undefined ? name : '', group ?? ''].filter(String);
      const points = { x: own.map((i) => xs[i]), y: own.map((i) => ys[i]) };
      return {
        type,
        ...(type === 'scatter' ? { mode: mode ?? 'lines+markers' } : {}),
        name: label.join(', '),
        ...points,
      };
    });
  });
  const axes = { xaxis: { title: { text: x ?? 'index' } }, yaxis: { title: { text: names.join(', ') } } };
  return plotly({ data, layout: { ...axes, showlegend: data.length > 1, title: { text: title ?? '' } } });
}
