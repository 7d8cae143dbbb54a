import { inspect } from 'node:util';
import { type Diagnostic, tslabFolder } from './tslab-parts';
import { SourceMap, findSourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../paths';

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

/** A place in a text, counted from zero. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a script that the kernel made comes from. */
export interface ScriptOrigin {
  /** What the user calls it: `cell[3]`, or the path of a file. */
  readonly title: string;
  /** From a place in the script to the place in the user's text; undefined for what the kernel added. */
  original(position: Position): Position | undefined;
}

const scripts = new Map<string, ScriptOrigin>();

/** Remembers where a script comes from, under the name that stack traces give it. */
export function rememberScript(name: string, origin: ScriptOrigin): void {
  scripts.set(name, origin);
}

const mapComment = /^\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+) *$/gm;

/** JavaScript without its source maps, and the way back through them. */
export interface MappedScript {
  readonly code: string;
  /** Lines of the converter's input that precede the user's first line have to be subtracted by the caller. */
  original(position: Position): Position;
}

/**
 * Takes the source maps off a converted script. The converter works in two steps (TypeScript to ES modules, ES
 * modules to CommonJS), and each leaves its map as a comment, the first step's first.
 */
export function splitSourceMaps(converted: string): MappedScript {
  const maps = [...converted.matchAll(mapComment)].map(
    (match) => new SourceMap(JSON.parse(Buffer.from(match[1] as string, 'base64').toString())),
  );
  const backwards = maps.reverse();
  return {
    code: converted.replace(mapComment, '').trimEnd(),
    original: (position) => backwards.reduce((at, map) => lookUp(map, at), position),
  };
}

function lookUp(map: SourceMap, position: Position): Position {
  const entry = map.findEntry(position.line, position.column);
  if (!('originalLine' in entry)) return position;
  return { line: entry.originalLine, column: entry.originalColumn };
}

interface Place {
  readonly title: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Makes every stack trace of this process point into the user's cells and into TypeScript sources. Node does
 * the second by itself, but not once somebody has set prepareStackTrace, as the first needs.
 */
export function installStackTraces(): void {
  // Node's 10 frames often end before the cell is reached.
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => `    at ${describeFrame(frame)}`);
    return [headline(error), ...(lines.some(isOfCell) ? ofUse(lines) : lines)].join('\n');
  };
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function describeFrame(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const file = frame.getScriptNameOrSourceURL();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!file || line === null || column === null) return text;
  const place = originalPlace(file, line, column);
  if (!place) return text;
  // A function that an earlier cell declared is called as a property of tslab's proxy.
  return text.replace(`${file}:${line}:${column}`, () => shownPlace(place)).replace(/^Proxy\./, '');
}

function originalPlace(file: string, line: number, column: number): Place | undefined {
  const origin = scripts.get(file);
  if (origin) {
    const at = origin.original({ line: line - 1, column: column - 1 });
    return at && { title: origin.title, line: at.line + 1, column: at.column + 1 };
  }
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (!entry || !('originalLine' in entry)) return undefined;
  const source = entry.originalSource.startsWith('file:')
    ? fileURLToPath(entry.originalSource)
    : entry.originalSource;
  return { title: source || file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function shownPlace({ title, line, column }: Place): string {
  return `${title}:${line}:${column}`;
}

const kernelFolder = path.join(projectRoot, 'src', 'platform', 'kernel') + path.sep;
const internals = [
  'node:',
  'evalmachine.',
  'ccl-kernel-step',
  // A place that the kernel put around a cell; places inside bear the cell's title.
  'ccl-cell-',
  kernelFolder,
  tslabFolder + path.sep,
  `${path.sep}node_modules${path.sep}tsx${path.sep}`,
];

/**
 * The frames of a stack that are of use to the author of a cell: no kernel, no tslab, nothing of Node's own,
 * nothing below the cell; files of the project by their path in it.
 *
 * @returns lines of the form `    at f (cell[3]:2:9)`
 */
export function usefulFrames(stack: string): string[] {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return ofUse(frames)
    .filter((line) => frames.some(isOfCell) || line.includes('/'))
    .map((line) => line.replaceAll(projectRoot + path.sep, ''));
}

function isOfCell(frame: string): boolean {
  return frame.includes('cell[');
}

/** Frames without what is below the cell, the kernel's own and Node's. */
function ofUse(frames: readonly string[]): string[] {
  const lastOfCell = frames.map(isOfCell).lastIndexOf(true);
  return (lastOfCell < 0 ? frames : frames.slice(0, lastOfCell + 1))
    .filter((line) => !internals.some((name) => line.includes(name)))
    .filter((line) => !/^\s+at (async )?(Generator\.next|Promise\.all|new Promise) \(/.test(line));
}
