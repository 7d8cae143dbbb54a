import { badInput } from '../../errors';
import { jupyterDisplay, type JupyterDisplayable, type MimeBundle } from '../../figures/figure';
import { imageType } from '../formats/image-type';
import { runningCell, type RunningCell } from '../../running-cell';
import type { DisplayContent } from '../kernel/kernel-hook';

/** Something with a form for notebooks and one as text. */
class Shown implements JupyterDisplayable {
  constructor(
    private readonly type: string,
    private readonly content: string | Uint8Array,
    private readonly text: string,
  ) {}

  [jupyterDisplay](): MimeBundle {
    return { [this.type]: this.content, 'text/plain': this.text };
  }

  toString(): string {
    return this.text;
  }
}

type Tag = (texts: TemplateStringsArray | string, ...values: unknown[]) => JupyterDisplayable;

const tag =
  (type: string): Tag =>
  (texts, ...values) => {
    const text =
      typeof texts === 'string' ? texts : texts.raw.reduce((all, part, i) => all + values[i - 1] + part);
    return new Shown(type, text, text);
  };

/** Markdown, as a tag or a call: md`**${n}** records`, md(text). */
export const md: Tag = tag('text/markdown');
/** HTML, as a tag or a call; values are put in as they are. */
export const html: Tag = tag('text/html');
/** SVG, as a tag or a call. */
export const svg: Tag = tag('image/svg+xml');

/**
 * A picture from the bytes of a PNG, JPEG or GIF file (also what `canvas.toBuffer()` of a Node canvas gives).
 *
 * @throws UserError for other bytes
 */
export function image(bytes: Uint8Array): JupyterDisplayable {
  const type = imageType(bytes);
  if (type !== undefined) return new Shown(type, bytes, `${type}, ${bytes.length} bytes`);
  throw badInput(
    'a picture',
    bytes,
    'must be the bytes of a PNG, JPEG or GIF',
    'Read it with fs.readFileSync',
  );
}

/**
 * Shows a value in the output of the running cell as its last expression would show it, e.g. in a loop. Outside of a
 * notebook it is printed.
 *
 * @example
 * ```ts
 * import { show } from 'ccl-lab';
 *
 * await show('outside of a notebook it is printed'); // prints it is printed
 * ```
 */
export function show(value: unknown): Promise<void> {
  const shown = showNow(value);
  // As the last expression of a cell it has nothing more to show, and the cell waits for it.
  return Object.assign(shown, { [jupyterDisplay]: () => shown });
}

async function showNow(value: unknown): Promise<void> {
  const cell = runningCell();
  if (cell === undefined) {
    console.log(value);
    return;
  }
  const { data, metadata } = await cell.render(value);
  if (Object.keys(data).length > 0) cell.display(data, metadata);
}

export { plotFrame, plotly, type FramePlot, type PlotlyInput } from './plotly-figure';

/** What a value that is no figure looks like: a text as it is, anything else as the last expression of a cell. */
export async function shownContent(value: unknown, cell: RunningCell | undefined): Promise<DisplayContent> {
  if (typeof value === 'string' || cell === undefined) {
    return { data: { 'text/plain': String(value) }, metadata: {} };
  }
  return cell.render(value);
}
