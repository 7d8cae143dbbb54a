import { Figure } from '../../figures/figure';
import { escapeHtml } from '../formats/html-text';
import type { Contained, DisplayContent } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';
import type { Control } from './controls';
import { controlWidget } from './control-widget';
import { figureState, figureWidget } from './figure-widget';
import { shownContent } from './shown-content';
import { NewestOnly } from './newest-only';
import { OutputArea } from './output-area';
import type { Widget } from './widget';
import { WidgetMaker } from './widget-kinds';

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
