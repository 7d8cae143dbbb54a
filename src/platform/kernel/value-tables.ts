import { inspect } from 'node:util';
import { escapeHtml } from '../formats/html-text';
import type { MimeBundle } from './kernel-hook';

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
