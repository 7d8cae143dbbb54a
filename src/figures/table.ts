import type { TableCell, TableColumn, TableParts } from './table-parts';
import { escapeHtml } from './html-text';
import { tableLatex, type LatexOptions } from './table-latex';
import { tableCsv, tableRecords, type TableRecord } from './table-records';
import { jupyterDisplay, type JupyterDisplayable, type MimeBundle } from './jupyter-display';

export type { TableCell, TableColumn, TableParts } from './table-parts';

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

  /** Rows as plain objects, numbers in full: `new DataFrame(table.toRecords())` makes a data frame. */
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
    const { kind } = this.columns[i];
    const badge =
      cell.badge === undefined
        ? ''
        : `<span class="badge ${cell.badge.tone}">${escapeHtml(cell.badge.text)}</span>`;
    const detail = cell.detail === undefined ? '' : `<br><small>${escapeHtml(cell.detail)}</small>`;
    // Below the number, so that numbers stay aligned.
    const inside = `${escapeHtml(cell.text)}${detail}${badge === '' || cell.text === '' ? badge : `<br>${badge}`}`;
    return kind === 'label'
      ? `<th scope="row" style="text-align:left">${inside}</th>`
      : `<td${alignment(kind)}>${inside}</td>`;
  }
}

function alignment(kind: TableColumn['kind']): string {
  return ` class="${kind}" style="text-align:${kind === 'number' ? 'right' : 'left'}"`;
}

function headCell(column: TableColumn): string {
  const note = column.note === undefined ? '' : `<br><small>${escapeHtml(column.note)}</small>`;
  return `<th scope="col"${alignment(column.kind)}>${escapeHtml(column.title)}${note}</th>`;
}
