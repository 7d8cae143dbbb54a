import { csvText } from '../formats/csv';
import { Command } from 'commander';
import { defaultStore } from '../../experiments/store/store';
import { queryRows, type QueryRows } from '../../experiments/store/query';

interface QueryCommandOptions {
  readonly store: string;
  readonly json?: true;
  readonly csv?: true;
}

/** `ccl query`: SQL over the finished runs of a store. */
export function queryCommand(): Command {
  return new Command('query')
    .description('ask the finished runs in SQL (DuckDB); views: runs, epochs, records, losses, attacks')
    .argument('<sql>', 'a query; DESCRIBE runs tells the columns of a view')
    .option('--store <folder>', 'the store', defaultStore)
    .option('--json', 'print an array of objects')
    .option('--csv', 'print CSV')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  npx ccl query "select defense, options, avg(test_accuracy) as accuracy from runs where role = \'target\' group by all"\n' +
        '  npx ccl query "describe records"\n' +
        '  npx ccl query --csv "select epoch, avg(member_variance) as variance from epochs group by 1 order by 1"',
    )
    .action(run);
}

async function run(sql: string, { store, json, csv }: QueryCommandOptions): Promise<void> {
  const answer = await queryRows(sql, { store });
  process.stdout.write(json === true ? asJson(answer) : csv === true ? asCsv(answer) : asTable(answer));
}

function asJson({ columns, rows }: QueryRows): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/** As RFC 4180 has it; a missing value is empty, a list JSON. */
function asCsv({ columns, rows }: QueryRows): string {
  return csvText([columns, ...rows.map((row) => row.map(cell))]);
}

const longestCell = 60;

function asTable({ columns, rows }: QueryRows): string {
  const isNumber = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === 'number'));
  const shown = (value: unknown): string => {
    const text =
      typeof value === 'number' && !Number.isInteger(value) ? String(+value.toPrecision(6)) : cell(value);
    return text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
  };
  const lines = [[...columns], ...rows.map((row) => row.map(shown))];
  const widths = columns.map((_, i) => lines.reduce((most, line) => Math.max(most, line[i].length), 0));
  const drawn = lines.map((line) =>
    line
      .map((text, i) => (isNumber[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  return `${drawn.join('\n')}\n(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}
