import { inspect } from 'node:util';
import { frameBundle, isFrame } from './data-frame-display';
import type { DisplayContent, MimeBundle } from './kernel-hook';
import { displayContent } from './mime-bundle';
import { isTensor, tensorText } from './tensor-display';

/** The method by which a value says how it wants to be shown (Deno's kernel and others use the same name). */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display');

/**
 * The form in which the last expression of a cell is shown: what its display method returns, a table for a danfo
 * frame, type, shape and first values for a tensor, else Node's inspection. A form that fails is replaced by the
 * inspection, with a note.
 */
export async function renderValue(value: unknown): Promise<DisplayContent> {
  try {
    const bundle = await richBundle(value);
    if (bundle === undefined) return plain(value);
    const content = displayContent(bundle);
    if ('text/plain' in content.data) return content;
    return { ...content, data: { ...content.data, 'text/plain': inspected(value) } };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
    return plain(value, `(its display failed: ${reason})`);
  }
}

async function richBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const method = (value as { [displaySymbol]?: unknown })[displaySymbol];
  if (typeof method === 'function') return (await method.call(value)) as MimeBundle;
  if (isFrame(value)) return frameBundle(value);
  if (isTensor(value)) return { 'text/plain': tensorText(value) };
  return undefined;
}

function plain(value: unknown, note?: string): DisplayContent {
  const text = inspected(value);
  return { data: { 'text/plain': note ? `${text}\n${note}` : text }, metadata: {} };
}

function inspected(value: unknown): string {
  try {
    return inspect(value, { depth: 3 });
  } catch (error) {
    return `a value that cannot be inspected (${error instanceof Error ? error.message : 'unknown reason'})`;
  }
}
