import { roundOff, onSlider, type Control } from './controls';

/** The values that one control takes in the form without widgets, the initial one among them. */
export interface FrameValues {
  /** The control's name. */
  readonly name: string;
  readonly label: string;
  readonly values: readonly unknown[];
  /** Where the initial value stands. */
  readonly initial: number;
}

/** Whether a control has values to run through. */
export function runs(control: Control<unknown>): boolean {
  return control.kind !== 'button';
}

/**
 * The values at which a control is drawn beforehand: all of a short dropdown, both of a checkbox, and those of a slider
 * spread evenly from end to end; of more than `count` options the first ones.
 */
export function frameValues(name: string, control: Control<unknown>, count: number): FrameValues {
  const values = valuesOf(control, count);
  const all = values.includes(control.initial) ? values : withInitial(values, control);
  return { name, label: control.label ?? name, values: all, initial: all.indexOf(control.initial) };
}

function valuesOf(control: Control<unknown>, count: number): readonly unknown[] {
  switch (control.kind) {
    case 'slider':
    case 'intSlider': {
      const { min, max } = control;
      const spread = Array.from({ length: count }, (_, i) =>
        onSlider(control, min + ((max - min) * i) / (count - 1)),
      );
      return [...new Set(spread.map(roundOff))];
    }
    case 'dropdown':
      return control.options.slice(0, count);
    case 'checkbox':
      return [false, true];
    case 'button':
      return [control.initial];
  }
}

function withInitial(values: readonly unknown[], control: Control<unknown>): readonly unknown[] {
  if (control.kind === 'dropdown') return [...values.slice(0, -1), control.initial];
  return [...(values as number[]), control.initial as number].sort((a, b) => a - b);
}
