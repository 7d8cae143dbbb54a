import CliTable from 'cli-table3';
import type { Table } from '../figures/table';

/** A table for a terminal: numbers to the right, each interval below its number. */
export function terminalTable(table: Table): string {
  const drawn = new CliTable({
    head: table.columns.map(({ title }) => title),
    colAligns: table.columns.map(({ kind }) => (kind === 'number' ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
  });
  for (const row of table.rows) {
    drawn.push(
      row.map(({ text, detail, badge }) => [text, detail, badge?.text].filter((part) => part).join('\n')),
    );
  }
  return `${table.title}\n${drawn.toString()}`;
}
