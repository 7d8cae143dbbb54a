import { csvText } from '../formats/csv-text';
import { smallPrint, type TableCell, type TableParts } from './table-parts';

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

function plainValue({ text, interval }: TableCell): string | number {
  return interval !== undefined && Number.isFinite(interval.estimate) ? interval.estimate : text;
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
