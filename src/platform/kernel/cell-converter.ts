import { existsSync } from 'node:fs';
import path from 'node:path';
import { withoutExports, withoutNames } from './cell-source';
import { declaredNames, stepwise } from './cell-syntax';
import { rememberScript, splitSourceMaps, type MappedScript } from './cell-error';
import { getCodeMetadata, type ConvertResult, type Converter, type Diagnostic } from './tslab-parts';

/** What the kernel wants to know of the conversion that tslab's executor keeps to itself. */
export interface LastConversion {
  readonly diagnostics: readonly Diagnostic[];
  readonly lastExpressionVariable: string | undefined;
}

/** The name of a cell in stack traces, as the user reads it. */
export function cellTitle(count: number): string {
  return `cell[${count}]`;
}

// tslab puts `export {};` and a line end before the cell.
const linesBeforeCell = 1;
const executorHeads = {
  plain: '(function(exports, require) { '.length,
  awaiting: '(async function(exports, require) { '.length,
};

/**
 * tslab's converter for cells, which keeps track of where each line of the result comes from and makes awaits
 * at the top level interruptible.
 */
export class CellConverter implements Converter {
  /** The number of the cell that is converted next. */
  cell = 0;
  last: LastConversion = { diagnostics: [], lastExpressionVariable: undefined };

  private scripts = 0;
  private prepared: ConvertResult | undefined;
  private declarations = '';
  /** What the cell that was converted last declares. */
  private declared: readonly string[] = [];

  constructor(private readonly inner: Converter) {}

  /** Converts a cell before the executor asks for it. */
  prepare(code: string): void {
    // The executor passes these over.
    this.prepared = getCodeMetadata(code).module ? undefined : this.convertNow(code);
  }

  convert(_previous: string, code: string): ConvertResult {
    const result = this.prepared ?? this.convertNow(code);
    this.prepared = undefined;
    return result;
  }

  /**
   * The executor forgets what a cell declared when the cell throws, while its variables exist; so the converter
   * remembers the declarations of every cell that ran, and does not look at the executor's.
   */
  private convertNow(cell: string): ConvertResult {
    this.last = { diagnostics: [], lastExpressionVariable: undefined };
    this.declared = [];
    const code = withoutExports(cell);
    const result = this.inner.convert(this.declarations, code);
    const own = declaredNames(code);
    const found = [...inPlainWords(result.diagnostics, cell, process.cwd()), ...takenNames(own)];
    if (found.length === 0) {
      this.declarations = result.declOutput ?? '';
      this.declared = own;
    }
    this.last = { diagnostics: found, lastExpressionVariable: result.lastExpressionVar };
    if (found.length > 0) return { ...result, diagnostics: found };
    const sideOutputs = result.sideOutputs?.map(({ path: file, data }) => ({
      path: file,
      data: rememberModule(file, splitSourceMaps(data)),
    }));
    const output = result.output && this.named(splitSourceMaps(result.output), result.hasToplevelAwait);
    return { ...result, output, sideOutputs };
  }

  /** The last cell has failed: what it has declared, but not reached, is not there for the next one. */
  forget(locals: Readonly<Record<string, unknown>>): void {
    const missing = this.declared.filter((name) => locals[name] === undefined);
    if (missing.length > 0) this.declarations = withoutNames(this.declarations, new Set(missing));
  }

  private named(script: MappedScript, awaiting = false): string {
    const stepped = awaiting ? stepwise(script.code) : undefined;
    const head = awaiting ? executorHeads.awaiting : executorHeads.plain;
    const name = `ccl-cell-${++this.scripts}`;
    const title = cellTitle(this.cell);
    const lines = script.code.split('\n').length;
    rememberScript(name, {
      title,
      original: ({ line, column }) => {
        const at = { line, column: line === 0 ? column - head : column };
        if (at.column < 0 || line >= lines) return undefined;
        const unstepped = stepped ? stepped.original(at) : at;
        if (unstepped === undefined) return undefined;
        const before = script.original(unstepped);
        return { line: Math.max(0, before.line - linesBeforeCell), column: before.column };
      },
    });
    return `${stepped ? stepped.code : script.code}\n//# sourceURL=${name}`;
  }

  inspect(_previous: string, code: string, position: number): ReturnType<Converter['inspect']> {
    return this.inner.inspect(this.declarations, code, position);
  }

  complete(_previous: string, code: string, position: number): ReturnType<Converter['complete']> {
    return this.inner.complete(this.declarations, code, position);
  }

  addModule(...args: Parameters<Converter['addModule']>): ReturnType<Converter['addModule']> {
    return this.inner.addModule(...args);
  }

  close(): void {
    this.inner.close();
  }
}

/** The kernel hands these two to a cell, which cannot declare them again. */
function takenNames(declared: readonly string[]): Diagnostic[] {
  const start = { offset: 0, line: 0, character: 0 };
  return ['require', 'exports']
    .filter((name) => declared.includes(name))
    .map((name) => ({
      start,
      end: start,
      messageText: `«${name}» is a name of the kernel. Choose another one.`,
      category: 1,
      code: ownWords,
    }));
}

/** A module of the user that tslab converts: a file, or a cell that starts with @module. */
function rememberModule(file: string, script: MappedScript): string {
  const source = file.replace(/\.js$/, '.ts');
  const linesBefore = existsSync(source) ? 0 : linesBeforeCell;
  rememberScript(path.normalize(file), {
    title: source,
    original: (position) => {
      const before = script.original(position);
      return { line: Math.max(0, before.line - linesBefore), column: before.column };
    },
  });
  return script.code;
}

/** The code of a diagnostic that is not TypeScript's. */
export const ownWords = 0;

interface Habit {
  readonly pattern: RegExp;
  /** Only where the cell does not parse: what it looks like may stand in a text. */
  readonly breaksSyntax?: true;
  /** @param found what the pattern has in parentheses */
  says(...found: string[]): string;
}

const typescript = 'Cells are TypeScript, not Python';

/** What people write out of habit, line by line, and what takes its place. Asked only where the compiler complains. */
const habits: readonly Habit[] = [
  {
    pattern: /^\s*%{1,2}(\w+)/,
    says: (name) => `«%${name}» is a magic of IPython, which this kernel does not have. ${typescript}.`,
  },
  {
    pattern: /^\s*!\s*(\S.*)$/,
    says: (command) =>
      `«!${command}» runs a command in IPython. Here: import { execSync } from 'node:child_process'; ` +
      `console.log(String(execSync(${JSON.stringify(command)}))).`,
  },
  {
    pattern: /^\s*(?:import\s+([\w.]+)(?:\s+as\s+\w+)?|from\s+([\w.]+)\s+import\s.*)\s*$/,
    says: (a, b) => `This is a Python import. ${typescript}: ${insteadOf((a ?? b ?? '').split('.')[0]!)}`,
  },
  {
    pattern: /^\s*(pip3?|npm|conda)\s+install\s+(.*)$/,
    says: (_, what) =>
      `Packages are installed in a terminal: npm install ${what}, in the folder of the notebook.`,
  },
  {
    pattern: /<\/\w*>|<\w+\s*\/>/,
    breaksSyntax: true,
    says: () =>
      "Cells have no JSX. Show HTML with import { display } from 'ccl-lab'; display.html`<b>…</b>`, or load a .tsx file.",
  },
  { pattern: /^\s*print\(/, says: () => `${typescript}: console.log(…) prints.` },
  { pattern: /^\s*def\s+\w+\(/, says: () => `${typescript}: function name(x) { return x; }.` },
  {
    pattern: /^\s*(?:\?{1,2}([\w.]+)|([\w.]+)\?{1,2})\s*$/,
    breaksSyntax: true,
    says: (a, b) => `Help of IPython. Here: Shift+Tab with the cursor in «${a ?? b}».`,
  },
];

function insteadOf(module: string): string {
  switch (module) {
    case 'matplotlib':
    case 'seaborn':
    case 'plotly':
      return "import { plotly } from 'ccl-lab' draws figures.";
    case 'pandas':
    case 'polars':
      return "import * as dfd from 'danfojs-node' has data frames.";
    case 'numpy':
    case 'torch':
    case 'tensorflow':
      return "import * as tf from '@tensorflow/tfjs' has tensors, and typed arrays are arrays of numbers.";
    default:
      return "import { name } from 'package', e.g. import { loss } from 'ccl-lab'.";
  }
}

/** What the compiler found, in better words where it is a habit from elsewhere or a module that is not there. */
export function inPlainWords(
  found: readonly Diagnostic[],
  code: string,
  folder: string,
): readonly Diagnostic[] {
  const lines = code.split('\n');
  const parses = !found.some(({ code: number }) => number >= 1000 && number < 2000);
  for (const diagnostic of found) {
    if (diagnostic.fileName !== undefined) continue;
    const line = lines[diagnostic.start.line] ?? '';
    for (const { pattern, breaksSyntax, says } of habits) {
      const match = breaksSyntax && parses ? null : pattern.exec(line);
      if (match) return [{ ...diagnostic, code: ownWords, messageText: says(...match.slice(1)) }];
    }
  }
  return found.map((diagnostic) => {
    const module = /^Cannot find module '([^']+)'/.exec(diagnostic.messageText)?.[1];
    if (module === undefined) return diagnostic;
    const name = module
      .split('/')
      .slice(0, module.startsWith('@') ? 2 : 1)
      .join('/');
    const remedy = /^[./]/.test(module)
      ? `There is no such file, seen from ${folder}.`
      : `If it is a package: npm install ${name} in ${folder}, then run the cell again.`;
    return { ...diagnostic, messageText: `${diagnostic.messageText} ${remedy}` };
  });
}
