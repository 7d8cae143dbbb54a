import { escapeHtml } from '../figures/html-text';
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

function frameHtml(frame: Frame): string {
  const rows = frame.values as readonly unknown[];
  const columns = frame.columns.slice(0, shownColumns);
  const moreColumns = frame.columns.length > shownColumns ? ['…'] : [];
  const head = ['', ...columns, ...moreColumns].map((name) => `<th>${cellText(name)}</th>`).join('');
  const body = rows.slice(0, shownRows).map((row, i) => {
    const cells = Array.isArray(row) ? row : [row];
    const shown = [...cells.slice(0, shownColumns), ...moreColumns];
    const data = shown.map((value) => `<td>${cellText(value)}</td>`).join('');
    return `<tr><th>${cellText(frame.index[i])}</th>${data}</tr>`;
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
