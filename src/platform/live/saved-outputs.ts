import { readFileSync, statSync } from 'node:fs';
import { escapeHtml } from '../formats/html-text';
import { figureWidget } from './figure-widget';
import { widgetViewType, type Widget, type WidgetHost } from './widget';
import { WidgetMaker } from './widget-kinds';

type Data = Readonly<Record<string, unknown>>;

/** Larger notebooks open without what stood in their live outputs. */
const maxBytes = 200_000_000;

/**
 * Puts the form that moves without a kernel in the place of live outputs that a notebook was saved with, for a kernel
 * that has not made them: a restarted one, or one of another day. JupyterLab asks its kernel for the widgets of an
 * output and shows «model not found» for those that it lacks, not the pictures beside them.
 *
 * @param file the notebook; one that cannot be read has nothing to restore
 * @param isOpen whether the kernel has the widget
 */
export function restoreOutputs(file: string, host: WidgetHost, isOpen: (id: string) => boolean): void {
  for (const data of savedOutputs(file)) {
    const id = (data[widgetViewType] as { model_id?: unknown } | undefined)?.model_id;
    if (typeof id !== 'string' || id === '' || isOpen(id)) continue;
    const maker = new WidgetMaker(host);
    const content = savedContent(maker, data);
    if (content !== undefined) maker.box('VBox', [content], {}, id);
  }
}

function savedOutputs(file: string): Data[] {
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return [];
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as {
      cells: { outputs?: { data?: Data }[] }[];
    };
    return cells.flatMap(({ outputs = [] }) =>
      outputs.flatMap(({ data }) => (data === undefined ? [] : [data])),
    );
  } catch {
    // No notebook, or one that is being written: the front end says what it thinks of it.
    return [];
  }
}

/** The first of the saved forms that a widget can show. */
function savedContent(maker: WidgetMaker, data: Data): Widget | undefined {
  const text = (type: string): string | undefined => {
    const value = data[type];
    // The format of notebooks allows texts in lines.
    return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : undefined;
  };
  const spec = data['application/vnd.plotly.v1+json'];
  const plain = text('text/plain') ?? '';
  if (typeof spec === 'object' && spec !== null) return figureWidget(maker, { spec, alt: plain });
  const html = text('text/html');
  if (html !== undefined) return maker.html(html);
  const png = text('image/png')?.replace(/\s/g, '');
  if (png !== undefined && /^[\w+/=]*$/.test(png)) {
    return maker.html(`<img src="data:image/png;base64,${png}" alt="${escapeHtml(plain)}">`);
  }
  return plain === '' ? undefined : maker.html(`<pre>${escapeHtml(plain)}</pre>`);
}
