import { badInput } from '../../errors';

/** What a student moves; `live` draws it. */
export type Control<T> = SliderControl<T> | DropdownControl<T> | CheckboxControl<T> | ButtonControl<T>;

interface ControlBase<T> {
  /** The value at the start. */
  readonly initial: T;
  /** What stands beside the control; undefined for its name in the call of `live`. */
  readonly label: string | undefined;
}

export interface SliderControl<T> extends ControlBase<T> {
  readonly kind: 'slider' | 'intSlider';
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface DropdownControl<T> extends ControlBase<T> {
  readonly kind: 'dropdown';
  readonly options: readonly T[];
}

export interface CheckboxControl<T> extends ControlBase<T> {
  readonly kind: 'checkbox';
}

export interface ButtonControl<T> extends ControlBase<T> {
  readonly kind: 'button';
}

/** The values of controls, by their names: what the drawing function is called with. */
export type ControlValues<C> = { readonly [K in keyof C]: C[K] extends Control<infer T> ? T : never };

export interface SliderOptions {
  /** Value at the start, default the middle. */
  readonly value?: number;
  /** Default a hundredth of the range, 1 for whole numbers. */
  readonly step?: number;
  readonly label?: string;
}

/**
 * A slider over the numbers from `min` to `max`. Its value is a number.
 *
 * @throws UserError unless min < max are finite, 0 < step <= max - min, and the value is between them
 */
export function slider(min: number, max: number, options: SliderOptions = {}): SliderControl<number> {
  requireRange('slider', min, max);
  const { step = roundOff((max - min) / 100) } = options;
  requireStep('slider', step, min, max);
  const { value: initial = onSlider({ min, max, step }, (min + max) / 2) } = options;
  requireWithin('slider', initial, min, max);
  return { kind: 'slider', min, max, step, initial, label: options.label };
}

/**
 * A slider over the whole numbers from `min` to `max`. Its value is a number.
 *
 * @throws UserError unless all numbers are whole, min < max, 0 < step <= max - min, and the value is between them
 */
export function intSlider(min: number, max: number, options: SliderOptions = {}): SliderControl<number> {
  requireRange('intSlider', min, max);
  const { step = 1 } = options;
  requireStep('intSlider', step, min, max);
  const { value: initial = onSlider({ min, max, step }, (min + max) / 2) } = options;
  requireWithin('intSlider', initial, min, max);
  const fraction = Object.entries({ min, max, step, value: initial }).find(
    ([, each]) => !Number.isInteger(each),
  );
  if (fraction !== undefined) {
    throw badInput(
      `intSlider: ${fraction[0]}`,
      fraction[1],
      'must be a whole number',
      'Take slider for fractions',
    );
  }
  return { kind: 'intSlider', min, max, step, initial, label: options.label };
}

/**
 * A list to choose from. Its value is one of the options, typed as their union:
 * `dropdown(['ce', 'focal'])` gives `'ce' | 'focal'`.
 *
 * @throws UserError when there is no option, one stands there twice, or the value is none of them
 */
export function dropdown<const T extends string | number | boolean>(
  options: readonly T[],
  { value, label }: { readonly value?: T; readonly label?: string } = {},
): DropdownControl<T> {
  if (!Array.isArray(options) || options.length === 0) {
    throw badInput(
      'dropdown: options',
      options,
      'must be a list of at least one',
      "Pass e.g. ['ce', 'focal']",
    );
  }
  const texts = options.map(String);
  const twice = texts.find((text, i) => texts.indexOf(text) !== i);
  if (twice !== undefined) {
    throw badInput(
      'dropdown: options',
      options,
      `${JSON.stringify(twice)} stands there twice`,
      'Leave one out',
    );
  }
  const initial = value ?? options[0];
  if (!options.includes(initial)) {
    throw badInput('dropdown: value', value, `must be one of ${texts.join(', ')}`, 'Choose one of them');
  }
  return { kind: 'dropdown', options: [...options], initial, label };
}

/**
 * A box to tick. Its value is a boolean.
 *
 * @throws UserError when the value is none
 */
export function checkbox(
  value = false,
  { label }: { readonly label?: string } = {},
): CheckboxControl<boolean> {
  if (typeof value !== 'boolean') {
    throw badInput('checkbox: value', value, 'must be true or false', 'Pass one of them');
  }
  return { kind: 'checkbox', initial: value, label };
}

/** A button. Its value is how often it was pressed, from 0. */
export function button(label?: string): ButtonControl<number> {
  if (label !== undefined && typeof label !== 'string') {
    throw badInput('button: label', label, 'must be a text', "Pass e.g. 'Draw again'");
  }
  return { kind: 'button', initial: 0, label };
}

/** The nearest value that a slider can take. */
export function onSlider(
  { min, max, step }: { min: number; max: number; step: number },
  value: number,
): number {
  const steps = Math.round((value - min) / step);
  return Math.min(max, Math.max(min, roundOff(min + steps * step)));
}

/** Without the last digits, where binary fractions show (0.1 + 0.2). */
export function roundOff(value: number): number {
  return Number(value.toPrecision(12));
}

function requireRange(what: string, min: number, max: number): void {
  if (Number.isFinite(min) && Number.isFinite(max) && min < max) return;
  throw badInput(
    `${what}: min and max`,
    [min, max].map((each) => (Number.isFinite(each) ? each : String(each))),
    'must be finite numbers, the first below the second',
    'Pass e.g. 0, 1',
  );
}

function requireStep(what: string, step: number, min: number, max: number): void {
  if (Number.isFinite(step) && step > 0 && step <= max - min) return;
  throw badInput(`${what}: step`, step, `must be above 0 and at most ${max - min}`, 'Take a smaller one');
}

function requireWithin(what: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw badInput(`${what}: value`, value, `must be in [${min}, ${max}]`, 'Start between the ends');
}
