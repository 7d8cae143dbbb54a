import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { badInput, UserError } from '../../../src/errors';
import { projectRoot } from '../../../src/paths';
import { numberText, valueText, type LedgerValue } from './claim';

/** A number that somebody has read in the paper. */
export interface PaperNumber {
  /** As in the paper, e.g. «Table 1». */
  readonly table: string;
  readonly row: string;
  /** The column, or the metric. */
  readonly column: string;
  readonly value: number;
  /** Key of one of our values that measures the same; empty if there is none. */
  readonly ours: string;
}

/** A number of the paper beside ours. */
export interface PaperComparison extends PaperNumber {
  readonly value: number;
  /** null where no value of ours is named. */
  readonly own: LedgerValue | null;
  /** ours - paper's; null without ours. */
  readonly difference: number | null;
  /** Whether the paper's number lies in our interval; null without an interval. */
  readonly inside: boolean | null;
}

const columns = ['table', 'row', 'column', 'value', 'ours'] as const;
export const paperNumbersFile = join(projectRoot, 'data', 'paper-numbers.csv');

/**
 * Reads data/paper-numbers.csv: a header `table,row,column,value,ours`, then a line a number.
 *
 * @throws UserError for another header, a line of another length, or a value that is no number
 */
export function readPaperNumbers(file = paperNumbersFile): PaperNumber[] {
  if (!existsSync(file))
    throw new UserError(`${file} is missing. Restore it: its first line is ${columns.join()}.`);
  let lines: string[][];
  try {
    lines = parse(readFileSync(file, 'utf8'), { trim: true, skip_empty_lines: true, bom: true });
  } catch (error) {
    throw new UserError(`${file} is no CSV: ${(error as Error).message}. Quote texts that contain a comma.`);
  }
  const [header, ...rows] = lines;
  if (header?.join() !== columns.join()) {
    throw badInput(
      'the header of the paper’s numbers',
      header?.join(),
      `must be ${columns.join()}`,
      'Restore it',
    );
  }
  return rows.map(([table, row, column, value, ours], i) => {
    if (value === '' || !Number.isFinite(Number(value))) {
      throw badInput(
        `the value in line ${i + 2} of the paper’s numbers`,
        value,
        'must be a number',
        'Write .54 or 54 without a percent sign, and the interval nowhere',
      );
    }
    return { table, row, column, value: Number(value), ours };
  });
}

/**
 * Puts each number of the paper beside ours.
 *
 * @throws UserError for a key that the ledger does not have
 */
export function comparePaper(
  numbers: readonly PaperNumber[],
  values: readonly LedgerValue[],
): PaperComparison[] {
  const byKey = new Map(values.map((value) => [value.key, value]));
  return numbers.map((number) => {
    const own = number.ours === '' ? null : (byKey.get(number.ours) ?? null);
    if (number.ours !== '' && own === null) {
      throw badInput(
        'the key in the column `ours`',
        number.ours,
        'is none of the ledger',
        'List them with npx tsx data/results/make-ledger.ts --keys, or leave the column empty',
      );
    }
    if (own === null) return { ...number, own, difference: null, inside: null };
    const { low, high } = own;
    const inside = low === null || high === null ? null : low <= number.value && number.value <= high;
    return { ...number, own, difference: own.estimate - number.value, inside };
  });
}

/** The comparison as Markdown. */
export function paperTable(compared: readonly PaperComparison[]): string {
  if (compared.length === 0) {
    return 'None yet: `data/paper-numbers.csv` has its header only.';
  }
  const rows = compared.map(({ table, row, column, value, own, difference, inside }) => {
    const words = inside === null ? 'no interval' : inside ? 'inside our interval' : 'outside our interval';
    const ours =
      own === null
        ? ['', '', 'no counterpart here']
        : [`${own.key}: ${valueText(own)}`, numberText(difference!), words];
    return [table, row, column, numberText(value), ...ours].map((cell) => cell.replaceAll('|', '\\|'));
  });
  const head = ['table', 'row', 'column', 'paper', 'ours', 'ours - paper', 'verdict'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
