import { SourceMap, findSourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../paths';
import { tslabFolder } from './tslab-parts';

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
