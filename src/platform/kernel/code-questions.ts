import { JupyterHandlerImpl, ts, type Executor, type TypeScript } from './tslab-parts';
import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { choicesKey, type Offering } from '../../running-cell';

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
    const { matches, kinds, start, end } = completeCell(this.cells, request.code, request.cursor_pos);
    // What IPython gave a name to, and JupyterLab shows beside each word.
    const types = matches.map((text, i) => ({ text, type: kinds[i] ?? '', start, end }));
    const metadata = types.some(({ type }) => type !== '') ? { _jupyter_types_experimental: types } : {};
    return { matches, cursor_start: start, cursor_end: end, metadata: metadata as never, status: 'ok' };
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

/** Jupyter counts cursor positions in Unicode characters, JavaScript in UTF-16 units. */
export function toUnits(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length;
}

/** The reverse of toUnits. */
export function toCharacters(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}

/** What replaces which part of the cell, in Unicode characters as Jupyter counts. */
export interface Completion {
  readonly matches: string[];
  /** What each match is, where it is known: function, class, property, variable, … */
  readonly kinds: readonly string[];
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
  const text = textAround(code, position);
  const known = text && (moduleNames(text, code, position) ?? choicesOf(executor.locals, text));
  const found = known ? undefined : executor.complete(code, position);
  if (!text) return inCharacters(code, found!.candidates, found!.start, found!.end, kindsOf(found!));
  const typed = code.slice(text.start, position).toLowerCase();
  const matches = (known ?? found!.candidates).filter((each) => each.toLowerCase().startsWith(typed));
  return inCharacters(code, matches, text.start, text.end, []);
}

function inCharacters(
  code: string,
  matches: string[],
  start: number,
  end: number,
  kinds: readonly string[],
): Completion {
  return { matches, kinds, start: toCharacters(code, start), end: toCharacters(code, end) };
}

/** TypeScript's kinds in the words that front ends have pictures for. */
const kindWords: Readonly<Record<string, string>> = {
  method: 'function',
  'local function': 'function',
  getter: 'property',
  setter: 'property',
  const: 'variable',
  let: 'variable',
  var: 'variable',
  'local var': 'variable',
  parameter: 'variable',
  alias: 'variable',
  type: 'interface',
};

function kindsOf({ candidates, original }: ReturnType<Executor['complete']>): string[] {
  const entries = (original?.entries ?? []) as readonly { readonly name: string; readonly kind: string }[];
  const kinds = new Map(entries.map(({ name, kind }) => [name, kindWords[kind] ?? kind]));
  return candidates.map((name) => kinds.get(name) ?? '');
}

/** What may stand behind `from`: the library, Node's modules, files beside the notebook. */
function moduleNames({ literal }: TextPlace, code: string, position: number): string[] | undefined {
  const { parent } = literal;
  const isImport = ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent);
  const isCall = ts.isCallExpression(parent) && /^(import|require)$/.test(parent.expression.getText());
  if (!isImport && !isCall) return undefined;
  const typed = code.slice(literal.getStart() + 1, position);
  if (!typed.startsWith('.')) return ['ccl-lab', 'danfojs-node', 'tslab', ...nodeModules];
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (entry.isDirectory()) return [`${folder}${entry.name}/`];
      return /\.([cm]?[jt]s|json)$/.test(entry.name) ? [folder + entry.name.replace(/\.ts$/, '')] : [];
    });
  } catch {
    return [];
  }
}

const nodeModules = builtinModules.filter((name) => !/^_|\//.test(name)).map((name) => `node:${name}`);

/** The texts that a function of an earlier cell says it takes first (`offering`), without asking the checker. */
function choicesOf(locals: Readonly<Record<string, unknown>>, { literal }: TextPlace): string[] | undefined {
  const call = literal.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== literal) return undefined;
  const called = valueOf(locals, call.expression);
  const choices = typeof called === 'function' ? (called as Offering)[choicesKey] : undefined;
  return choices && [...choices()];
}

function valueOf(locals: Readonly<Record<string, unknown>>, name: TypeScript.Expression): unknown {
  if (ts.isIdentifier(name)) return locals[name.text];
  if (!ts.isPropertyAccessExpression(name)) return undefined;
  const owner = valueOf(locals, name.expression);
  return typeof owner === 'object' && owner !== null
    ? (owner as Readonly<Record<string, unknown>>)[name.name.text]
    : undefined;
}

interface TextPlace {
  readonly literal: TypeScript.StringLiteralLike;
  /** Where the content of the literal begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** The string literal around a place, if there is one. */
function textAround(code: string, position: number): TextPlace | undefined {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  let found: TextPlace | undefined;
  const visit = (node: TypeScript.Node): void => {
    if (position <= node.getStart(file) || position > node.end) return;
    if (ts.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const quote = code[start - 1];
      const closed = node.end > start && code[node.end - 1] === quote;
      // What follows in the line belongs to the code when the closing quote is not typed yet.
      if (!closed) found = { literal: node, start, end: position };
      else if (position < node.end) found = { literal: node, start, end: node.end - 1 };
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
