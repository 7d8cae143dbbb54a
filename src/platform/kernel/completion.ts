import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { choicesKey } from '../../running-cell';
import type { Offering } from '../../running-cell';
import { ts } from './tslab-parts';
import type { Executor, TypeScript } from './tslab-parts';

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
