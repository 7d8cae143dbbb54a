import { JupyterHandlerImpl, ts } from './tslab-parts';
import type { Executor, TypeScript } from './tslab-parts';

/** Jupyter counts cursor positions in Unicode characters, JavaScript in UTF-16 units. */
export function toUnits(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length;
}

/** The reverse of toUnits. */
export function toCharacters(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}

type Handler = InstanceType<typeof JupyterHandlerImpl>;

/** tslab's answers to what Jupyter asks about code, with positions as Jupyter counts them. */
export class CellHandler extends JupyterHandlerImpl {
  constructor(private readonly cells: Executor) {
    super(cells, false);
  }

  override handleKernel(): ReturnType<Handler['handleKernel']> {
    const reply = super.handleKernel();
    return {
      ...reply,
      implementation: 'ccl-lab',
      banner: `CCL (TypeScript ${ts.version}, Node.js ${process.version})`,
      language_info: {
        ...reply.language_info,
        version: ts.version,
        pygments_lexer: 'typescript',
        nbconvert_exporter: 'script',
      },
    };
  }

  override handleInspect(
    request: Parameters<Handler['handleInspect']>[0],
  ): ReturnType<Handler['handleInspect']> {
    const { code, cursor_pos: cursor } = request;
    return super.handleInspect({ ...request, cursor_pos: toUnits(code, cursor) });
  }

  override handleComplete(
    request: Parameters<Handler['handleComplete']>[0],
  ): ReturnType<Handler['handleComplete']> {
    const { matches, start, end } = completeCell(this.cells, request.code, request.cursor_pos);
    return { matches, cursor_start: start, cursor_end: end, metadata: {}, status: 'ok' };
  }
  override handleIsComplete({ code }: { code: string }): ReturnType<Handler['handleIsComplete']> {
    const { status } = completeness(code);
    if (status !== 'incomplete') return { status } as ReturnType<Handler['handleIsComplete']>;
    return super.handleIsComplete({ code }).status === 'incomplete'
      ? super.handleIsComplete({ code })
      : { status, indent: '' };
  }
}

/** TypeScript's numbers for a text that its line must close, and for one that further lines may. */
const unterminatedText = 1002;
const unterminatedTemplate = 1160;

/**
 * Whether a cell can be run as it is, needs more (what the parser misses is missing at the end), or has an error
 * that more cannot mend. An empty line at the end says that nothing more will come.
 */
export function completeness(code: string): { status: 'complete' | 'incomplete' | 'invalid' } {
  const file = ts.createSourceFile(
    'cell.ts',
    `export {};${code}`,
    ts.ScriptTarget.Latest,
    false,
    ts.ScriptKind.TS,
  );
  const end = file.text.length;
  const { parseDiagnostics: found } = file as unknown as { parseDiagnostics: TypeScript.Diagnostic[] };
  if (found.length === 0) return { status: 'complete' };
  const open = found.some(({ code: number, start, length }) => {
    return number === unterminatedTemplate || (number !== unterminatedText && start === end && length === 0);
  });
  if (!open) return { status: 'invalid' };
  return { status: /(^|\n)\s*\n\s*$/.test(code) ? 'complete' : 'incomplete' };
}

/** What replaces which part of the cell, in Unicode characters as Jupyter counts. */
export interface Completion {
  readonly matches: string[];
  readonly start: number;
  readonly end: number;
}

/**
 * Completes as tslab does, but replaces what is already typed of a text in quotes, where tslab would append to it.
 *
 * @param cursor in Unicode characters
 */
export function completeCell(executor: Executor, code: string, cursor: number): Completion {
  const position = toUnits(code, cursor);
  const found = executor.complete(code, position);
  const text = textAround(code, position);
  if (!text) {
    return {
      matches: found.candidates,
      start: toCharacters(code, found.start),
      end: toCharacters(code, found.end),
    };
  }
  const typed = code.slice(text.start, position).toLowerCase();
  return {
    matches: found.candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed)),
    start: toCharacters(code, text.start),
    end: toCharacters(code, text.end),
  };
}

/** Where the content of the string literal around a place begins and ends, if there is one. */
function textAround(code: string, position: number): { start: number; end: number } | undefined {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  let found: { start: number; end: number } | undefined;
  const visit = (node: TypeScript.Node): void => {
    if (position <= node.getStart(file) || position > node.end) return;
    if (ts.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const quote = code[start - 1];
      const closed = node.end > start && code[node.end - 1] === quote;
      // What follows in the line belongs to the code when the closing quote is not typed yet.
      if (!closed) found = { start, end: position };
      else if (position < node.end) found = { start, end: node.end - 1 };
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
