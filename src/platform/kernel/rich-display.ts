import { inspect, types } from 'node:util';
import { imageType } from '../formats/image-type';
import type { BundleMetadata, DisplayContent, MimeBundle } from './kernel-hook';
import { escapeHtml } from '../formats/html-text';

/** The method by which a value says how it wants to be shown (Deno's kernel and others use the same name). */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display');

/**
 * Node hangs numbers and the context on every promise while contexts are followed, as the kernel does to know which cell
 * an output belongs to; a promise that is inspected does not tell them.
 */
export function installPlainPromises(): void {
  const own = /^(async_id_symbol|trigger_async_id_symbol|kResourceStore)$/;
  Object.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    value(this: Promise<unknown>) {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (own.test(key.description ?? '')) Object.defineProperty(this, key, { enumerable: false });
      }
      return this;
    },
  });
}

/**
 * The form in which the last expression of a cell is shown: what its display method returns (without
 * contents when that is undefined), a table for a danfo
 * frame, for plain objects and for what holds long arrays, type, shape and first values for a tensor, a picture, else
 * Node's inspection. A form that fails is replaced by the
 * inspection, with a note.
 */
export async function renderValue(value: unknown): Promise<DisplayContent> {
  try {
    const bundle = await richBundle(value);
    if (bundle === undefined) return plain(value);
    if (bundle === nothing) return { data: {}, metadata: {} };
    const content = displayContent(bundle);
    if ('text/plain' in content.data) return content;
    return { ...content, data: { ...content.data, 'text/plain': inspected(value) } };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
    return plain(value, `(its display failed: ${reason})`);
  }
}

const promiseNote = '(a promise: write «await» before it to have its value)';

/** What a display method says that shows its value by itself, as that of the promise of `show`: no output. */
const nothing: MimeBundle = {};

async function richBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const method = (value as { [displaySymbol]?: unknown })[displaySymbol];
  if (typeof method === 'function') return ((await method.call(value)) as MimeBundle | undefined) ?? nothing;
  if (isFrame(value)) return frameBundle(value);
  if (isTensor(value)) return { 'text/plain': tensorText(value) };
  if (types.isPromise(value)) return { 'text/plain': `${inspected(value)}\n${promiseNote}` };
  if (isRecords(value)) return recordsBundle(value);
  if (holdsLongArrays(value)) return partsBundle(value);
  return pictureBundle(value);
}

/** What other libraries draw: elements (Observable Plot), canvases of Node, the bytes of a picture. */
function pictureBundle(value: object): MimeBundle | undefined {
  const { outerHTML, toBuffer } = value as { outerHTML?: unknown; toBuffer?: unknown };
  if (typeof outerHTML === 'string') {
    return { [outerHTML.startsWith('<svg') ? 'image/svg+xml' : 'text/html']: outerHTML };
  }
  const bytes = typeof toBuffer === 'function' && 'getContext' in value ? toBuffer.call(value) : value;
  const type = bytes instanceof Uint8Array ? imageType(bytes) : undefined;
  return type === undefined ? undefined : { [type]: bytes };
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

/**
 * Checks a bundle and turns bytes into base64.
 *
 * @throws TypeError when it is not an object of MIME types or cannot be written as JSON
 */
export function displayContent(bundle: MimeBundle, metadata: BundleMetadata = {}): DisplayContent {
  if (typeof bundle !== 'object' || bundle === null || Array.isArray(bundle)) {
    throw new TypeError('what is displayed must be an object from MIME types to contents');
  }
  const data: Record<string, unknown> = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (!type.includes('/')) throw new TypeError(`«${type}» is not a MIME type`);
    if (content === undefined) continue;
    data[type] = mimeContent(type, content);
  }
  if (Object.keys(data).length === 0) throw new TypeError('what is displayed has no content');
  return { data, metadata: JSON.parse(JSON.stringify(metadata)) };
}

/** JSON that was handed over as text, which front ends show as nothing; a Plotly figure may also lack its layout. */
export function withParsedJson(data: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([type, content]) => {
      if (!/[/+]json$/.test(type)) return [type, content];
      const json: unknown = typeof content === 'string' ? JSON.parse(content) : content;
      return [type, type.startsWith('application/vnd.plotly') ? { layout: {}, ...(json as object) } : json];
    }),
  );
}

function mimeContent(type: string, content: unknown): unknown {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64');
  if (typeof content === 'string') return content;
  if (/[/+]json$/.test(type)) {
    const json = JSON.stringify(content);
    if (json === undefined) throw new TypeError(`the content of «${type}» cannot be written as JSON`);
    return JSON.parse(json);
  }
  throw new TypeError(`the content of «${type}» must be text or bytes`);
}

/** What is used of a TensorFlow.js tensor. */
interface TensorLike {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<unknown>;
  flatten(): TensorLike;
  slice(begin: number[], size: number[]): TensorLike;
  dispose(): void;
}

const shownValues = 10;

/** Whether a value is a tensor or a variable, whichever copy of TensorFlow.js it comes from. */
export function isTensor(value: object): value is TensorLike {
  const tensor = value as Partial<TensorLike>;
  return (
    typeof tensor.dtype === 'string' &&
    Array.isArray(tensor.shape) &&
    typeof tensor.dataSync === 'function' &&
    typeof tensor.flatten === 'function' &&
    typeof tensor.isDisposed === 'boolean'
  );
}

/** Type, shape and the first ten values in row-major order, e.g. `Tensor float32 [2, 3]: 1, 2, 3, 4, 5, 6`. */
export function tensorText(tensor: TensorLike): string {
  const head = `Tensor ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.isDisposed) return `${head}: disposed`;
  const values = Array.from(firstValues(tensor), (value) => shownValue(value));
  return `${head}: ${values.join(', ')}${tensor.size > shownValues ? ', …' : ''}`;
}

/** Only the shown values leave the backend's memory, and nothing is left behind there. */
function firstValues(tensor: TensorLike): ArrayLike<unknown> {
  if (tensor.size <= shownValues) return tensor.dataSync();
  const flat = tensor.flatten();
  const head = flat.slice([0], [shownValues]);
  const values = head.dataSync();
  head.dispose();
  flat.dispose();
  return values;
}

function shownValue(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** What is used of a danfo DataFrame or Series. */
interface Frame {
  readonly $data: unknown;
  readonly values: unknown;
  readonly columns: readonly unknown[];
  readonly index: readonly unknown[];
  readonly shape: readonly number[];
  toString(): string;
}

const shownRows = 20;
const shownColumns = 20;

/** Whether a value is a danfo DataFrame or Series, whichever copy of danfo it comes from. */
export function isFrame(value: object): value is Frame {
  const frame = value as Partial<Frame>;
  return (
    '$data' in frame &&
    Array.isArray(frame.columns) &&
    Array.isArray(frame.index) &&
    Array.isArray(frame.shape) &&
    Array.isArray(frame.values)
  );
}

/** A table of at most 20 rows and 20 columns, every text escaped, and danfo's own form as plain text. */
export function frameBundle(frame: Frame): MimeBundle {
  return { 'text/html': frameHtml(frame), 'text/plain': frame.toString() };
}

type Row = Readonly<Record<string, unknown>>;

function isPlain(value: unknown): value is Row {
  const prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  return prototype === null || (prototype !== undefined && Object.getPrototypeOf(prototype) === null);
}

/** Whether a value is an array of plain objects (rows of a file, of `query`, of a table) with values in one line. */
export function isRecords(value: object): value is readonly Row[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isPlain)) return false;
  const shown: readonly Row[] = value.slice(0, shownRows);
  return shown.every((row) => Object.values(row).every((each) => typeof each !== 'object' || each === null));
}

/** Rows as a table, with a column for each key that any of them has. */
export function recordsBundle(rows: readonly Row[]): MimeBundle {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const values = rows.map((row) => columns.map((name) => row[name]));
  return { 'text/html': frameHtml({ columns, values }) };
}

const longArray = 100;

function isLong(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isLong);
  return ArrayBuffer.isView(value) && 'length' in value && Number(value.length) > longArray;
}

/** Whether the parts of an object are more than anybody reads: a data set, the state of a training, a signal set. */
export function holdsLongArrays(value: object): boolean {
  return !Array.isArray(value) && !ArrayBuffer.isView(value) && Object.values(value).some(isLong);
}

/** The parts of an object, a line each. */
export function partsBundle(value: object): MimeBundle {
  const parts = Object.entries(value).filter(([, part]) => typeof part !== 'function' && part !== undefined);
  const rows = parts.map(([name, part]) => [name, partText(part)] as const);
  const wide = Math.max(...rows.map(([name]) => name.length));
  const body = rows.map(([name, text]) => `<tr><th>${cellText(name)}</th><td>${cellText(text)}</td></tr>`);
  return {
    'text/html': `<table><tbody>${body.join('')}</tbody></table>`,
    'text/plain': rows.map(([name, text]) => `${name.padEnd(wide)}  ${text}`).join('\n'),
  };
}

function partText(part: unknown): string {
  if (ArrayBuffer.isView(part) && 'length' in part) {
    const { length, constructor } = part as Uint8Array;
    const first = Array.from((part as Uint8Array).subarray(0, 5), (value) => cellText(value));
    return `${constructor.name} [${length}]: ${first.join(', ')}${length > first.length ? ', …' : ''}`;
  }
  if (Array.isArray(part) && part.some(isLong)) return `${part.length} × ${partText(part.find(isLong))}`;
  const text = typeof part === 'string' ? part : inspect(part, { depth: 0, breakLength: Infinity });
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Without an index there is no column for it. */
function frameHtml(frame: Pick<Frame, 'values' | 'columns'> & { readonly index?: Frame['index'] }): string {
  const rows = frame.values as readonly unknown[];
  const columns = frame.columns.slice(0, shownColumns);
  const moreColumns = frame.columns.length > shownColumns ? ['…'] : [];
  const { index } = frame;
  const head = [...(index === undefined ? [] : ['']), ...columns, ...moreColumns]
    .map((name) => `<th>${cellText(name)}</th>`)
    .join('');
  const body = rows.slice(0, shownRows).map((row, i) => {
    const cells = Array.isArray(row) ? row : [row];
    const shown = [...cells.slice(0, shownColumns), ...moreColumns];
    const data = shown.map((value) => `<td>${cellText(value)}</td>`).join('');
    return `<tr>${index === undefined ? '' : `<th>${cellText(index[i])}</th>`}${data}</tr>`;
  });
  const shape = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} × ${frame.columns.length} ${
    frame.columns.length === 1 ? 'column' : 'columns'
  }`;
  const note = rows.length > shownRows ? `, the first ${shownRows} shown` : '';
  return (
    `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>` + `<p>${shape}${note}</p>`
  );
}

function cellText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
  }
  return escapeHtml(value === null || value === undefined ? '' : String(value));
}
