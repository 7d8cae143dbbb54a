import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zippedPlotly } from '../../report/plotly-bundle';
import { runningCell } from '../../running-cell';
import type { Widget, WidgetState } from './widget';
import type { WidgetMaker } from './widget-kinds';

/** What a page needs of a figure. */
export interface DrawnFigure {
  /** Plotly's specification. */
  readonly spec: object;
  readonly alt: string;
}

/** The state that shows a figure. */
export function figureState(figure: DrawnFigure): WidgetState {
  return { spec: figure.spec, alt: figure.alt };
}

/** A widget that draws a figure and draws it anew when its state changes. */
export function figureWidget(maker: WidgetMaker, figure: DrawnFigure): Widget {
  const esm = readFileSync(path.join(__dirname, 'figure-view.js'), 'utf8');
  const widget = maker.any('ccl-lab.figure', esm, figureState(figure));
  widget.onWord(({ word }) => {
    if (word !== 'plotly.js, please') return;
    zippedPlotly().then(
      (code) => widget.say({ word: 'plotly.js' }, [code]),
      (error: unknown) =>
        runningCell()?.display({ 'text/plain': `plotly.js could not be sent: ${String(error)}` }),
    );
  });
  return widget;
}
