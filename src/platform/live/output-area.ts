import type { DisplayContent, OutputSink, ShownError } from '../kernel/kernel-hook';
import type { Widget } from './widget';

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
