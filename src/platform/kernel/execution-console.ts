import { format } from 'node:util';
import type { ConsoleInterface } from './tslab-parts';

/** What tslab's executor reported while it ran one cell. */
export interface CellReport {
  /** Whether the cell ended with an expression, and its value. */
  readonly result?: { readonly value: unknown };
  /** What the cell threw. */
  readonly thrown?: { readonly value: unknown };
  /** Lines about problems that the compiler found. */
  readonly problems: readonly string[];
}

const diagnosticFormat = '%s%d:%d - %s';

/**
 * The console that tslab's executor is given. It uses it for three things only: log(value) for the last
 * expression, error(thrown) for an exception, error(format, …) for a problem that the compiler found.
 */
export class ExecutionConsole implements ConsoleInterface {
  private report: { result?: { value: unknown }; thrown?: { value: unknown }; problems: string[] } = {
    problems: [],
  };

  log(value?: unknown): void {
    this.report.result = { value };
  }

  error(first?: unknown, ...rest: unknown[]): void {
    if (first === diagnosticFormat && rest.length > 0) this.report.problems.push(format(first, ...rest));
    else this.report.thrown = { value: first };
  }

  /** The report on the cell that has just ended; the next one starts empty. */
  take(): CellReport {
    const report = this.report;
    this.report = { problems: [] };
    return report;
  }
}
