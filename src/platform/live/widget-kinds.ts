import { Widget, type WidgetHost, type WidgetState } from './widget';

/** Where the classes of ipywidgets 8 stand in the front end. */
const modules = {
  base: { name: '@jupyter-widgets/base', version: '2.0.0' },
  controls: { name: '@jupyter-widgets/controls', version: '2.0.0' },
  output: { name: '@jupyter-widgets/output', version: '1.0.0' },
  // Any version that the environment brings.
  anywidget: { name: 'anywidget', version: '*' },
};

/** The part of a state that names the classes of a model and its view. */
function classes(at: keyof typeof modules, name: string, viewName = `${name}View`, view = at): WidgetState {
  return {
    _model_module: modules[at].name,
    _model_module_version: modules[at].version,
    _model_name: `${name}Model`,
    _view_module: modules[view].name,
    _view_module_version: modules[view].version,
    _view_name: viewName,
    _view_count: null,
  };
}

const shared: WidgetState = { _dom_classes: [], tabbable: null, tooltip: null };

/** Makes the widgets of one live output; all close together. */
export class WidgetMaker {
  private first: Widget | undefined;
  private readonly layouts = new Map<string, Widget>();

  constructor(private readonly host: WidgetHost) {}

  /** A control of ipywidgets with the style that it needs. */
  control(name: string, styleName: string, state: WidgetState): Widget {
    const style = this.make({
      ...classes('controls', styleName, 'StyleView', 'base'),
      description_width: 'initial',
    });
    return this.styled(name, style, state);
  }

  html(value: string): Widget {
    return this.control('HTML', 'HTMLStyle', { ...described(''), placeholder: '', value });
  }

  output(): Widget {
    return this.make({
      ...classes('output', 'Output'),
      ...shared,
      layout: this.layout({}),
      msg_id: '',
      outputs: [],
    });
  }

  box(
    direction: 'VBox' | 'HBox',
    children: readonly Widget[],
    layout: WidgetState = {},
    id?: string,
  ): Widget {
    const state = {
      ...classes('controls', direction),
      ...shared,
      box_style: '',
      children: children.map(({ reference }) => reference),
      layout: this.layout(layout),
    };
    return this.make(state, id);
  }

  /** A widget whose view is a JavaScript module (anywidget). */
  any(id: string, esm: string, state: WidgetState): Widget {
    return this.make({
      ...classes('anywidget', 'Any'),
      ...shared,
      layout: this.layout({ width: '100%' }),
      _anywidget_id: id,
      _esm: esm,
      ...state,
    });
  }

  private styled(name: string, style: Widget, state: WidgetState): Widget {
    return this.make({
      ...classes('controls', name),
      ...shared,
      layout: this.layout(name.endsWith('Slider') ? { width: '360px' } : {}),
      style: style.reference,
      ...state,
    });
  }

  private layout(state: WidgetState): string {
    const key = JSON.stringify(state);
    const known = this.layouts.get(key) ?? this.make({ ...classes('base', 'Layout'), ...state });
    this.layouts.set(key, known);
    return known.reference;
  }

  private make(state: WidgetState, id?: string): Widget {
    const widget = new Widget(this.host, state, this.first, id);
    this.first ??= widget;
    return widget;
  }
}

/** What all controls with a label have. */
export function described(description: string): WidgetState {
  return { description, description_allow_html: false };
}
