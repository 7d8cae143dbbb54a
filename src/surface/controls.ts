/**
 * Controls of a live cell.
 *
 * @module controls
 */
export {
  button,
  checkbox,
  dropdown,
  intSlider,
  slider,
  type ButtonControl,
  type CheckboxControl,
  type Control,
  type ControlValues,
  type DropdownControl,
  type SliderControl,
  type SliderOptions,
} from '../platform/live/controls';
export type { Controls, LiveOptions, LiveView } from '../platform/live/live';
