import { inspect } from 'node:util';
import { usefulFrames } from './stack-trace';
import type { Diagnostic } from './tslab-parts';

/** The content of Jupyter's `error` message. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** What stands for Python's KeyboardInterrupt. */
export function interruptedError(detail?: string): CellError {
  const evalue = detail ? `the cell was interrupted (${detail})` : 'the cell was interrupted';
  return { ename: 'Interrupted', evalue, traceback: [`Interrupted: ${evalue}`] };
}

/** An exception that a cell threw, whatever its type, as Jupyter's error. */
export function exceptionError(thrown: unknown): CellError {
  const { name, message } = nameAndMessage(thrown);
  return { ename: name, evalue: message, traceback: traceOf(thrown, '', 0) };
}

/** Whether a cell was ended by Node because of an interrupt. */
export function isInterruption(thrown: unknown): boolean {
  return codeOf(thrown) === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

function codeOf(thrown: unknown): unknown {
  return isErrorLike(thrown) ? (thrown as { code?: unknown }).code : undefined;
}

function isErrorLike(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]';
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!isErrorLike(thrown)) {
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : inspect(thrown) };
  }
  try {
    return { name: String(thrown.name) || 'Error', message: String(thrown.message) };
  } catch {
    return { name: 'Error', message: 'an error that cannot be shown' };
  }
}

const deepestCause = 4;

function traceOf(thrown: unknown, prefix: string, depth: number): string[] {
  const { name, message } = nameAndMessage(thrown);
  const lines = [`${prefix}${message === '' ? name : `${name}: ${message}`}`];
  if (!isErrorLike(thrown)) return lines;
  lines.push(...usefulFrames(safeStack(thrown)));
  if (depth >= deepestCause) return lines;
  if (thrown instanceof AggregateError) {
    for (const part of thrown.errors) lines.push(...traceOf(part, 'One of: ', depth + 1));
  }
  if (thrown.cause !== undefined) lines.push(...traceOf(thrown.cause, 'Caused by: ', depth + 1));
  return lines;
}

function safeStack(error: Error): string {
  try {
    return String(error.stack);
  } catch {
    return '';
  }
}

/**
 * What the TypeScript compiler found in a cell, as one error.
 *
 * @param found at least one diagnostic, positions counted from zero
 * @param code the cell
 * @param title what stack traces call the cell
 */
export function diagnosticsError(found: readonly Diagnostic[], code: string, title: string): CellError {
  const problems = groupChains(found);
  const first = problems[0]!;
  // Numbers below 2000 are the parser's.
  const ename = first.code < 2000 ? 'SyntaxError' : 'TypeCheckError';
  const lines = code.split('\n');
  const traceback = problems.flatMap((problem) => describe(problem, lines, title));
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const where = `${first.fileName ? `${first.fileName} ` : ''}line ${first.start.line + 1}`;
  return {
    ename,
    evalue: `${where}: ${first.messages[0]}${codeText(first)}${more}`,
    traceback: [`${ename}:`, ...traceback],
  };
}

/** TypeScript's number; none for the kernel's own words. */
function codeText({ code }: Diagnostic): string {
  return code === 0 ? '' : ` (TS${code})`;
}

interface Problem extends Diagnostic {
  readonly messages: string[];
}

/** tslab hands out the parts of one long message as diagnostics of the same place. */
function groupChains(found: readonly Diagnostic[]): Problem[] {
  const problems: Problem[] = [];
  for (const diagnostic of found) {
    const last = problems.at(-1);
    const same =
      last?.start.offset === diagnostic.start.offset && last.end.offset === diagnostic.end.offset && last;
    if (same) same.messages.push(diagnostic.messageText);
    else problems.push({ ...diagnostic, messages: [diagnostic.messageText] });
  }
  return problems;
}

function describe(problem: Problem, lines: readonly string[], title: string): string[] {
  const { line, character } = problem.start;
  const [first, ...rest] = problem.messages;
  const place = `${problem.fileName ?? title}:${line + 1}:${character + 1}`;
  const text = [`  ${place} - ${first}${codeText(problem)}`, ...rest.map((message) => `    ${message}`)];
  const source = lines[line];
  if (problem.fileName !== undefined || source === undefined) return text;
  const width =
    problem.end.line === line
      ? Math.max(1, problem.end.character - character)
      : Math.max(1, source.length - character);
  return [
    ...text,
    `    ${source}`,
    `    ${source.slice(0, character).replace(/[^\t]/g, ' ')}${'~'.repeat(width)}`,
  ];
}
