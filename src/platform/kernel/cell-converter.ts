import { existsSync } from 'node:fs';
import path from 'node:path';
import { inPlainWords, ownWords } from './cell-hints';
import { withoutExports, withoutNames } from './cell-source';
import { declaredNames, stepwise } from './cell-syntax';
import { rememberScript, splitSourceMaps } from './stack-trace';
import type { MappedScript } from './stack-trace';
import { getCodeMetadata } from './tslab-parts';
import type { ConvertResult, Converter, Diagnostic } from './tslab-parts';

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
