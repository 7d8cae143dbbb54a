import type { Control } from './controls';
import { roundOff } from './controls';
import type { Widget, WidgetState } from './widget';
import { described, type WidgetMaker } from './widget-kinds';

/** Makes the widget of a control and tells of each new value. What the front end sends is checked, not believed. */
export function controlWidget(
  maker: WidgetMaker,
  name: string,
  control: Control<unknown>,
  onValue: (value: unknown) => void,
): Widget {
  const description = control.label ?? name;
  if (control.kind === 'button') return buttonWidget(maker, description, onValue);
  const { widgetName, styleName, state } = widgetOf(control);
  const widget = maker.control(widgetName, styleName, {
    ...described(description),
    disabled: false,
    ...state,
  });
  widget.onChange((patch) => {
    const value = valueOf(control, patch);
    if (value !== undefined) onValue(value.is);
  });
  return widget;
}

function buttonWidget(maker: WidgetMaker, description: string, onValue: (value: number) => void): Widget {
  let presses = 0;
  const look = { button_style: '', icon: '', disabled: false, description };
  const widget = maker.control('Button', 'ButtonStyle', look);
  widget.onWord(({ event }) => {
    if (event === 'click') onValue(++presses);
  });
  return widget;
}

interface WidgetLook {
  readonly widgetName: string;
  readonly styleName: string;
  readonly state: WidgetState;
}

function widgetOf(control: Exclude<Control<unknown>, { kind: 'button' }>): WidgetLook {
  switch (control.kind) {
    case 'slider':
    case 'intSlider': {
      const { kind, min, max, step, initial: value } = control;
      const look = {
        orientation: 'horizontal',
        behavior: 'drag-tap',
        readout: true,
        continuous_update: true,
      };
      const format = { readout_format: kind === 'slider' ? `.${decimals(step)}f` : 'd' };
      const widgetName = kind === 'slider' ? 'FloatSlider' : 'IntSlider';
      return { widgetName, styleName: 'SliderStyle', state: { ...look, ...format, min, max, step, value } };
    }
    case 'dropdown': {
      const index = control.options.indexOf(control.initial);
      const labels = control.options.map(String);
      return {
        widgetName: 'Dropdown',
        styleName: 'DescriptionStyle',
        state: { _options_labels: labels, index },
      };
    }
    case 'checkbox':
      return {
        widgetName: 'Checkbox',
        styleName: 'CheckboxStyle',
        state: { value: control.initial, indent: false },
      };
  }
}

/** How many decimals show a step of a slider. */
function decimals(step: number): number {
  const text = step.toFixed(8).replace(/0+$/, '');
  return Math.max(1, text.length - text.indexOf('.') - 1);
}

/** The value that a change of the front end means; undefined for none. */
function valueOf(control: Control<unknown>, patch: WidgetState): { is: unknown } | undefined {
  switch (control.kind) {
    case 'slider':
    case 'intSlider': {
      const { value } = patch;
      const { kind, min, max } = control;
      if (typeof value !== 'number' || !(value >= min && value <= max)) return undefined;
      if (kind === 'intSlider' && !Number.isInteger(value)) return undefined;
      return { is: roundOff(value) };
    }
    case 'dropdown': {
      const { index } = patch;
      const isPlace = typeof index === 'number' && index in control.options;
      return isPlace ? { is: control.options[index] } : undefined;
    }
    case 'checkbox':
      return typeof patch.value === 'boolean' ? { is: patch.value } : undefined;
    case 'button':
      return undefined;
  }
}
