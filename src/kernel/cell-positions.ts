import { SourceMap } from 'node:module';

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

/** The origin of a script that the kernel made, else undefined. */
export function scriptOrigin(name: string): ScriptOrigin | undefined {
  return scripts.get(name);
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
