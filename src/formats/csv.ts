import type { ReadLimits } from './limits';

export interface CsvOptions {
  /** Whether the first line names the columns; 'auto' looks. */
  readonly header: boolean | 'auto';
  readonly delimiter?: string;
  readonly limits?: ReadLimits;
}
/** The rows below the header. */
export interface CsvRows extends AsyncIterable<string[]> {
  /** The names of the columns, undefined if the file has no header. May be asked before or after the rows. */
  columns(): Promise<readonly string[] | undefined>;
}
export function readCsv(path: string, options: CsvOptions): CsvRows {
  throw new Error(`not there yet ${path} ${options.delimiter}`);
}
