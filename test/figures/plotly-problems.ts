import type { PlotlySpec } from '../../src/figures/plotly-spec';
import { plotlyWindow } from '../../src/figures/static';

interface WithSchema {
  readonly PlotSchema: { get(): object };
}

let schema: object | undefined;

/**
 * What Plotly does not know or does not take in a figure. `unused` only says that an attribute has no effect, such as the
 * font of hidden tick labels, and counts as no problem.
 */
export function plotlyProblems({
  data,
  layout,
}: Pick<PlotlySpec, 'data' | 'layout'>): { code: string; msg: string }[] {
  const { Plotly } = plotlyWindow();
  if (schema === undefined) {
    // Plotly describes all it knows anew for each figure, twenty times the work of looking at one.
    const { PlotSchema } = Plotly as unknown as WithSchema;
    const made = PlotSchema.get();
    schema = made;
    PlotSchema.get = () => made;
  }
  const found = Plotly.validate(structuredClone(data), structuredClone(layout)) ?? [];
  return found.filter(({ code }) => code !== 'unused');
}
