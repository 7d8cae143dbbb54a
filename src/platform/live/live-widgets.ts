import { Figure } from '../../figures/figure';
import { escapeHtml } from '../formats/html-text';
import type { Contained, DisplayContent, OutputSink, ShownError } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';
import type { Control } from './controls';
import { controlWidget } from './control-widget';
import { figureState, figureWidget } from './figure-widget';
import { shownContent } from './display';
import type { Widget } from './widget';
import { WidgetMaker } from './widget-kinds';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

type Values = Readonly<Record<string, unknown>>;

/** The widgets of one live view: its controls, what is drawn for them, and an area for output and errors. */
export class LiveWidgets {
  private readonly maker: WidgetMaker;
  private readonly area: OutputArea;
  private readonly areaWidget: Widget;
  private readonly controlBox: Widget;
  private readonly box: Widget;
  private readonly redraw: NewestOnly<Values>;
  private values: Values;
  private figure: Widget | undefined;
  private html: Widget | undefined;
  private children = '';

  constructor(
    private readonly cell: RunningCell,
    controls: Readonly<Record<string, Control<unknown>>>,
    private readonly draw: (values: Values) => unknown,
  ) {
    this.maker = new WidgetMaker(cell);
    this.values = Object.fromEntries(Object.entries(controls).map(([name, { initial }]) => [name, initial]));
    const rows = Object.entries(controls).map(([name, control]) =>
      controlWidget(this.maker, name, control, (value) => {
        this.values = { ...this.values, [name]: value };
        this.redraw.ask(this.values);
      }),
    );
    this.controlBox = this.maker.box('HBox', rows, { flex_flow: 'row wrap', align_items: 'center' });
    this.areaWidget = this.maker.output();
    this.area = new OutputArea(this.areaWidget);
    this.box = this.maker.box('VBox', []);
    this.redraw = new NewestOnly((values) => this.drawAnew(values));
  }

  /** The content of the widget view that shows all. */
  get view(): object {
    return this.box.view;
  }

  /** Shows what was drawn for the values at the start, or why it was not. */
  showFirst(drawn: () => unknown): Promise<Contained<unknown>> {
    return this.show(drawn);
  }

  private async drawAnew(values: Values): Promise<void> {
    if (!this.box.closed) await this.show(() => this.draw(values));
  }

  private async show(draw: () => unknown): Promise<Contained<unknown>> {
    this.area.begin();
    const drawn = await this.cell.contained(this.area, draw);
    if ('error' in drawn) {
      this.area.error(drawn.error);
      if (this.children === '') this.arrange(undefined);
    } else {
      await this.put(drawn.value);
    }
    this.area.flush();
    return drawn;
  }

  private async put(drawn: unknown): Promise<void> {
    if (drawn instanceof Figure) {
      if (this.figure) this.figure.set(figureState(drawn));
      else this.figure = figureWidget(this.maker, drawn);
      return this.arrange(this.figure);
    }
    if (drawn === undefined) return this.arrange(undefined);
    const content = await shownContent(drawn, this.cell);
    const html = htmlOf(content);
    if (html === undefined) {
      this.area.display(content, undefined, false);
      return this.arrange(undefined);
    }
    if (this.html) this.html.set({ value: html });
    else this.html = this.maker.html(html);
    this.arrange(this.html);
  }

  private arrange(drawing: Widget | undefined): void {
    const children = [this.controlBox, ...(drawing ? [drawing] : []), this.areaWidget].map(
      (each) => each.reference,
    );
    if (children.join() === this.children) return;
    this.children = children.join();
    this.box.set({ children });
  }
}

/** A value as HTML; undefined for one that is a picture or something else that only a front end can draw. */
function htmlOf({ data }: DisplayContent): string | undefined {
  const html = data['text/html'];
  if (typeof html === 'string') return html;
  const [text, ...others] = Object.keys(data);
  if (text !== 'text/plain' || others.length > 0) return undefined;
  return `<pre>${escapeHtml(String(data['text/plain']))}</pre>`;
}

/** Shortest time from one start of the work to the next: no eye and no front end wants more. */
const pauseMs = 40;

/**
 * Does work for a value that changes faster than the work is done: one at a time, always for the newest value; values
 * that are overtaken while they wait are never worked on.
 */
export class NewestOnly<T> {
  private next: { readonly value: T } | undefined;
  private working = false;

  /** @param work never rejects */
  constructor(private readonly work: (value: T) => Promise<void>) {}

  ask(value: T): void {
    this.next = { value };
    if (!this.working) void this.run();
  }

  private async run(): Promise<void> {
    this.working = true;
    // Messages that have arrived already are heard first.
    await turn();
    while (this.next !== undefined) {
      const { value } = this.next;
      this.next = undefined;
      const started = performance.now();
      await this.work(value);
      await sleep(Math.max(0, pauseMs - (performance.now() - started)));
    }
    this.working = false;
  }
}

/** An output of the notebook format (nbformat 4), as ipywidgets' Output shows it. */
type Output =
  | { readonly output_type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly output_type: 'display_data' } & DisplayContent)
  | ({ readonly output_type: 'error' } & ShownError);

const mostCharacters = 20_000;
const mostOutputs = 50;
const flushMs = 100;

/** What one call of a callback printed and displayed, shown in an Output widget. */
export class OutputArea implements OutputSink {
  private outputs: Output[] = [];
  private readonly places = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly widget: Widget) {}

  /** Forgets what was shown; the page keeps it until the next flush, so that nothing flickers. */
  begin(): void {
    this.outputs = [];
    this.places.clear();
  }

  stream(name: 'stdout' | 'stderr', text: string): void {
    const last = this.outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === name) {
      this.outputs[this.outputs.length - 1] = { ...last, text: (last.text + text).slice(-mostCharacters) };
      this.soon();
    } else {
      this.add({ output_type: 'stream', name, text: text.slice(-mostCharacters) });
    }
  }

  display({ data, metadata }: DisplayContent, displayId: string | undefined, update: boolean): void {
    const output: Output = { output_type: 'display_data', data, metadata };
    const place = displayId === undefined ? undefined : this.places.get(displayId);
    if (update) {
      if (place !== undefined) this.outputs[place] = output;
      this.soon();
      return;
    }
    if (displayId !== undefined) this.places.set(displayId, this.outputs.length);
    this.add(output);
  }

  error(error: ShownError): void {
    this.add({ output_type: 'error', ...error });
  }

  /** Shows all at once. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const shown = this.widget.state.outputs;
    if (this.outputs.length === 0 && Array.isArray(shown) && shown.length === 0) return;
    this.widget.set({ outputs: [...this.outputs] });
  }

  private add(output: Output): void {
    if (this.outputs.length < mostOutputs) this.outputs.push(output);
    this.soon();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => this.flush(), flushMs);
  }
}
