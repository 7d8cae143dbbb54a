import { compactNumber } from './number-format';
import type { PlotlyTrace } from './plotly-spec';
import { translucent } from './theme';

export interface BandParts {
  readonly uid: string;
  readonly name: string;
  readonly x: readonly number[];
  /** Points where either end is null are left out. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** `hv`: each value holds until the next x, as in steps. */
  readonly shape: 'linear' | 'hv';
  /** What ends at or below it is drawn to it: a log axis has no place for 0. */
  readonly floor?: number;
  readonly color: string;
  readonly opacity?: number;
}

/** A filled band between two curves, as one closed outline: up along the upper ends, back along the lower ones. */
export function bandTrace({ uid, name, x, low, high, shape, color, ...parts }: BandParts): PlotlyTrace {
  const { floor = -Infinity, opacity = 0.15 } = parts;
  const at = x.flatMap((_, i) => (low[i] === null || high[i] === null ? [] : [i]));
  const side = (values: readonly (number | null)[]): { x: number; y: number }[] =>
    at.flatMap((i, k) => {
      const y = compactNumber(Math.max(values[i]!, floor));
      const corner = { x: compactNumber(x[i]), y };
      const isStep = shape === 'hv' && k + 1 < at.length;
      return isStep ? [corner, { x: compactNumber(x[at[k + 1]]), y }] : [corner];
    });
  const outline = [...side(high), ...side(low).reverse()];
  return {
    type: 'scatter',
    uid,
    name,
    x: outline.map((corner) => corner.x),
    y: outline.map((corner) => corner.y),
    mode: 'lines',
    line: { color: 'rgba(0,0,0,0)', width: 0 },
    fill: 'toself',
    fillcolor: translucent(color, opacity),
    showlegend: false,
    hoverinfo: 'skip',
  };
}
