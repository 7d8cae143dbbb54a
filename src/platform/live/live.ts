import { badInput } from '../../errors';
import { jupyterDisplay, type MimeBundle } from '../../figures/figure';
import { runningCell } from '../../running-cell';
import type { Control, ControlValues } from './controls';
import { LiveWidgets } from './live-widgets';
import { staticBundle, runs } from './static-bundle';
import { widgetViewType } from './widget';

/** Controls by their names. */
export type Controls = Readonly<Record<string, Control<unknown>>>;

export interface LiveOptions<Name extends string = string> {
  /** The control that the form without widgets runs through, the others at their start; default the first. */
  readonly along?: Name;
  /** How many values of it are drawn beforehand, from 1 (none but the start) to 60; default 7. */
  readonly frames?: number;
}

/**
 * Controls and what is drawn for their values, drawn anew while they are moved:
 *
 *     live({ alpha: slider(0, 1) }, ({ alpha }) => lossCurvesFigure([loss('ccel', { alpha })]))
 *
 * A figure is drawn in place; tables and other values are shown as HTML; what `draw` prints stands below. Values that
 * are overtaken by newer ones are not drawn, and an error is shown below without ending anything. Where no widgets can
 * be shown (GitHub, static HTML), the cell shows the figure at `frames` values of one control.
 *
 * @param draw called at once with the values at the start; may return a promise
 * @throws UserError for no controls, a control that is none, a draw that is no function, or wrong options
 * @throws whatever `draw` throws for the values at the start
 *
 * @example
 * ```ts
 * import { controls, figures, live, loss } from 'ccl-lab';
 *
 * // Outside of a notebook nothing is shown.
 * const view = live({ alpha: controls.slider(0, 1) }, ({ alpha }) =>
 *   figures.lossCurvesFigure([loss('ccel', { alpha })]),
 * );
 * console.log(view.values.alpha); // prints 0.5
 * ```
 */
export function live<C extends Controls>(
  controls: C,
  draw: (values: ControlValues<C>) => unknown,
  options: LiveOptions<keyof C & string> = {},
): LiveView<C> {
  checkControls(controls);
  if (typeof draw !== 'function') {
    const found = draw === undefined ? undefined : typeof draw;
    throw badInput(
      'live: draw',
      found,
      'must be a function of the values',
      'Pass e.g. ({ alpha }) => figure',
    );
  }
  const { along = Object.keys(controls).find((name) => runs(controls[name])), frames = 7 } = options;
  if (along !== undefined && !(Object.hasOwn(controls, along) && runs(controls[along]))) {
    const names = Object.keys(controls).filter((name) => runs(controls[name]));
    throw badInput(
      'live: along',
      along,
      `must be one of ${names.join(', ')}`,
      'Name a control that is no button',
    );
  }
  if (!(Number.isInteger(frames) && frames >= 1 && frames <= 60)) {
    throw badInput('live: frames', frames, 'must be a whole number from 1 to 60', 'Leave it out for 7');
  }
  return new LiveView(controls, draw, { along, frames });
}

function checkControls(controls: Controls): void {
  const isObject = typeof controls === 'object' && controls !== null && !Array.isArray(controls);
  if (!isObject || Object.keys(controls).length === 0) {
    const remedy = 'Pass e.g. { alpha: slider(0, 1) }';
    throw badInput('live: controls', controls, 'must be an object of at least one control', remedy);
  }
  for (const [name, control] of Object.entries(controls)) {
    if (typeof control === 'object' && control !== null && 'kind' in control && 'initial' in control)
      continue;
    throw badInput(
      `live: controls.${name}`,
      control,
      'must be a control',
      'Make one with slider, intSlider, dropdown, checkbox or button',
    );
  }
}

/** What `live` returns. As the last expression of a cell it shows controls and drawing. */
export class LiveView<C extends Controls> {
  private current: ControlValues<C>;
  private readonly atStart: unknown;
  private shown: Promise<MimeBundle> | undefined;

  /** Made by `live`. */
  constructor(
    private readonly controls: C,
    private readonly draw: (values: ControlValues<C>) => unknown,
    private readonly options: { readonly along: string | undefined; readonly frames: number },
  ) {
    this.current = initialValues(controls);
    this.atStart = draw(this.current);
    // The display says what went wrong.
    if (this.atStart instanceof Promise) this.atStart.catch(() => undefined);
  }

  /** What the controls say at the moment. */
  get values(): ControlValues<C> {
    return this.current;
  }

  [jupyterDisplay](): Promise<MimeBundle> {
    this.shown ??= this.show();
    return this.shown;
  }

  private async show(): Promise<MimeBundle> {
    const cell = runningCell();
    const { controls, draw, atStart, options } = this;
    if (cell === undefined) return staticBundle({ ...options, controls, draw, cell, start: await atStart });
    const widgets = new LiveWidgets(cell, controls, (values) => {
      this.current = values as ControlValues<C>;
      return draw(this.current);
    });
    const start = await widgets.showFirst(() => atStart);
    const bundle =
      'error' in start
        ? { 'text/plain': start.error.traceback.join('\n') }
        : await staticBundle({ ...options, controls, draw, cell, start: start.value });
    return { [widgetViewType]: widgets.view, ...bundle };
  }
}

function initialValues<C extends Controls>(controls: C): ControlValues<C> {
  return Object.fromEntries(
    Object.entries(controls).map(([name, { initial }]) => [name, initial]),
  ) as ControlValues<C>;
}
