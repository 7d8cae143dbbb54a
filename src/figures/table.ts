import { frame, type Frame } from '../experiments/data-frame';
import { csvText } from '../platform/formats/csv';
import { jupyterDisplay, type JupyterDisplayable, type MimeBundle } from './figure';
import { escapeHtml } from '../platform/formats/html-text';
import { smallPrint, type TableCell, type TableColumn, type TableParts } from './table-cells';
import { type LatexOptions, tableLatex } from './table-latex';

/** A table as a value: the last expression of a notebook cell shows it. All text in it is plain and gets escaped. */
export class Table implements JupyterDisplayable {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly TableCell[])[];

  constructor(parts: TableParts) {
    this.title = parts.title;
    this.note = parts.note;
    this.columns = parts.columns;
    this.rows = parts.rows;
  }

  /** A `<table>` with caption and scoped headings. Styling is inline and sparse, so that it suits any page. */
  toHTML(): string {
    const head = this.columns.map(headCell).join('');
    const body = this.rows.map(
      (row, r) => `<tr${this.repeats(r)}>${row.map((cell, i) => this.bodyCell(cell, i)).join('')}</tr>`,
    );
    const note = this.note === '' ? '' : ` <small>${escapeHtml(this.note)}</small>`;
    const caption = `<caption><strong>${escapeHtml(this.title)}.</strong>${note}</caption>`;
    return `<table class="ccl-table">${caption}<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
  }

  /** Aligned plain text, one line a row; details follow their number in brackets. */
  toText(): string {
    const lines = [
      this.columns.map((column) => column.title),
      ...this.rows.map((row) =>
        row.map(({ text, detail, badge }) =>
          [text, detail === undefined ? '' : `[${detail}]`, badge === undefined ? '' : badge.text]
            .filter((part) => part !== '')
            .join(' '),
        ),
      ),
    ];
    const widths = this.columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
    const drawn = lines.map((line) =>
      line
        .map((cell, i) =>
          this.columns[i].kind === 'number' ? cell.padStart(widths[i]) : cell.padEnd(widths[i]),
        )
        .join('  ')
        .trimEnd(),
    );
    return [this.title, ...drawn].join('\n');
  }

  /**
   * The rows as a danfo data frame, numbers in full: `(await studyTable(result).frame()).sortValues('Attack AUC')`. The
   * columns are those of `toRecords`; a number that was not measured is NaN (see `frame`).
   *
   * @throws UserError if the table has no rows
   */
  frame(): Promise<Frame> {
    return frame(this.toRecords());
  }

  /** Rows as plain objects, numbers in full. */
  toRecords(): TableRecord[] {
    return tableRecords(this);
  }

  /** The same as CSV, numbers in full, an interval in columns of its own. */
  toCsv(): string {
    return tableCsv(this);
  }

  /** LaTeX with booktabs. */
  toLatex(options: LatexOptions = {}): string {
    return tableLatex(this, options);
  }

  [jupyterDisplay](): MimeBundle {
    return { 'text/html': this.toHTML(), 'text/plain': this.toText() };
  }

  /** A label that stands in the row above too gets a class, so that a page can print it once. */
  private repeats(r: number): string {
    return r > 0 && this.rows[r][0].text === this.rows[r - 1][0].text ? ' class="same"' : '';
  }

  private bodyCell(cell: TableCell, i: number): string {
    const { kind, title } = this.columns[i];
    const badge =
      cell.badge === undefined
        ? ''
        : `<span class="badge ${cell.badge.tone}">${escapeHtml(cell.badge.text)}</span>`;
    const detail = cell.detail === undefined ? '' : `<br><small>${escapeHtml(cell.detail)}</small>`;
    // Below the number, so that numbers stay aligned.
    const inside = `${escapeHtml(cell.text)}${detail}${badge === '' || cell.text === '' ? badge : `<br>${badge}`}`;
    return kind === 'label'
      ? `<th scope="row" style="text-align:left">${inside}</th>`
      : `<td${alignment(kind)} data-title="${escapeHtml(title)}">${inside}</td>`;
  }
}

function alignment(kind: TableColumn['kind']): string {
  return ` class="${kind}" style="text-align:${kind === 'number' ? 'right' : 'left'}"`;
}

function headCell(column: TableColumn): string {
  const note = column.note === undefined ? '' : `<br><small>${escapeHtml(column.note)}</small>`;
  return `<th scope="col"${alignment(column.kind)}>${escapeHtml(column.title)}${note}</th>`;
}

/** One row of a table as plain values: numbers in full where the table knows them, else the text that it shows. */
export type TableRecord = Readonly<Record<string, string | number | null>>;

/**
 * The rows of a table with flat columns: one whose cells have intervals becomes `Title`, `Title, low` and `Title, high`
 * (null where there are none), other small print `Title, detail`, a verdict `Title, verdict`.
 */
export function tableRecords({ columns, rows }: Pick<TableParts, 'columns' | 'rows'>): TableRecord[] {
  const titles = distinct(columns.map(({ title }) => title));
  const has = (at: number, of: (cell: TableCell) => unknown): boolean =>
    rows.some((row) => of(row[at]) !== undefined);
  const kinds = columns.map((_, at) => ({
    interval: has(at, ({ interval }) => interval),
    detail: has(at, smallPrint),
    badge: has(at, ({ badge }) => badge),
  }));
  return rows.map((row) => {
    const record: Record<string, string | number | null> = {};
    titles.forEach((title, at) => {
      const cell = row[at];
      record[title] = plainValue(cell);
      if (kinds[at].interval) {
        record[`${title}, low`] = cell.interval?.low ?? null;
        record[`${title}, high`] = cell.interval?.high ?? null;
      }
      if (kinds[at].detail) record[`${title}, detail`] = smallPrint(cell) ?? null;
      if (kinds[at].badge) record[`${title}, verdict`] = cell.badge?.text ?? null;
    });
    return record;
  });
}

function plainValue({ text, interval, value }: TableCell): string | number | null {
  if (interval === undefined) return value === undefined ? text : value;
  return Number.isFinite(interval.estimate) ? interval.estimate : null;
}

/** Equal titles get numbers, since they are the keys of a record. */
function distinct(titles: readonly string[]): string[] {
  return titles.map((title, at) => {
    const before = titles.slice(0, at).filter((other) => other === title).length;
    return before === 0 ? title : `${title} (${before + 1})`;
  });
}

/**
 * The records as CSV (RFC 4180, lines end with LF): a header, then a line a row; values with a comma, a quote or a line
 * break in quotes. A missing value is empty.
 */
export function tableCsv(parts: Pick<TableParts, 'columns' | 'rows'>): string {
  const records = tableRecords(parts);
  const header = records.length > 0 ? Object.keys(records[0]) : parts.columns.map(({ title }) => title);
  return csvText([header, ...records.map((record) => Object.values(record))]);
}
