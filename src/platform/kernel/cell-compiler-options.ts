import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withNamedTypes } from './cell-source';
import { declaredNames, isTopLevelAwait, topLevelAwaits } from './cell-syntax';
import type { ConverterHooks } from './patch-converter';
import { ts, type TypeScript } from './tslab-parts';

/** How a cell sees the project. */
export interface CellScope {
  /** The folder of the project. */
  readonly projectRoot: string;
  /** The kernel's working directory, usually the notebook's folder. */
  readonly workingDirectory: string;
  /** Check the library's own sources too, as if the user had written them (for the tests). */
  readonly checkLibrary?: boolean;
}

/**
 * The rules that cells are checked with: those of tsconfig.json, but for what would only be a nuisance in a
 * notebook (parameters without a type, fields without a start value, the type of a caught error).
 */
export function converterHooks(scope: CellScope): ConverterHooks {
  const root = realpathSync(scope.projectRoot);
  const modules = path.join(root, 'node_modules');
  const inProject = isInside(root, scope.workingDirectory);
  return {
    compilerOptions: {
      strict: true,
      alwaysStrict: false,
      noImplicitThis: false,
      strictPropertyInitialization: false,
      useUnknownInCatchVariables: false,
      inlineSourceMap: true,
      // Decorators as JavaScript has them.
      experimentalDecorators: false,
      types: ['node', 'cell-globals'],
      typeRoots: [path.join(modules, '@types'), path.join(root, 'src', 'platform', 'kernel', 'types')],
      // Relative to the project, so that the declarations of a cell can name what is in its packages (TS2742).
      pathsBasePath: root,
      paths: {
        'ccl-lab': ['./src/index.ts'],
        // A notebook elsewhere still finds the project's packages, as it does at run time.
        ...(inProject ? {} : { '*': ['./node_modules/*', './node_modules/@types/*'] }),
      },
    },
    isLenient,
    declaredNames,
    signatureAt,
    withNamedTypes,
    awaits: (cell) => topLevelAwaits(cell).length > 0,
    isTopLevelAwait,
    isOwn: (file) => {
      // JavaScript is loaded as it is: TypeScript cannot check a CommonJS file twice.
      if (file.split('/').includes('node_modules') || !file.endsWith('.ts')) return false;
      if (isInside(path.join(root, 'src'), file)) return scope.checkLibrary === true;
      return isInside(scope.workingDirectory, file);
    },
    hasChanged: changesBelow(scope.workingDirectory),
  };
}

/** Tells whether a file of the user has changed since it was asked last; what Node has loaded of it is forgotten then. */
function changesBelow(folder: string): (file: string) => boolean {
  const seen = new Map<string, number>();
  return (file) => {
    if (!file.startsWith(folder) || file.includes('/node_modules/')) return false;
    const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const before = seen.get(file);
    seen.set(file, modified);
    if (before === undefined || before === modified) return false;
    Reflect.deleteProperty(load.cache, file);
    return true;
  };
}

const load = createRequire(__filename);

/**
 * 6059: a file outside the working directory, which tsx loads. 7005 to 7057: something is of type any without
 * saying so; switching noImplicitAny off instead would make `const xs = []` an array of never.
 */
function isLenient(code: number): boolean {
  return code === 6059 || (code >= 7005 && code <= 7057);
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

/** A part of TypeScript's language service that is not in its declarations. */
interface SignatureHelp {
  getSignatureHelpItems(
    program: TypeScript.Program,
    file: TypeScript.SourceFile,
    position: number,
    reason: undefined,
    cancellation: object,
  ): TypeScript.SignatureHelpItems | undefined;
}

const neverCancelled = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
};

/** The signature of the call around a place, with what the parameter there means. */
export function signatureAt(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.QuickInfo | undefined {
  const help = (ts as unknown as { SignatureHelp: SignatureHelp }).SignatureHelp;
  const found = help.getSignatureHelpItems(program, file, position, undefined, neverCancelled);
  const item = found?.items[found.selectedItemIndex];
  if (!found || !item) return undefined;
  const parameters = item.parameters.flatMap(({ displayParts }, i) => [
    ...(i > 0 ? item.separatorDisplayParts : []),
    ...displayParts,
  ]);
  const here = item.parameters[found.argumentIndex];
  const words = here?.documentation.map(({ text }) => text).join('');
  return {
    kind: ts.ScriptElementKind.functionElement,
    kindModifiers: '',
    textSpan: { ...found.applicableSpan },
    displayParts: [...item.prefixDisplayParts, ...parameters, ...item.suffixDisplayParts],
    documentation: item.documentation,
    tags: words ? [{ name: 'param', text: [{ text: `${here!.name} ${words}`, kind: 'text' }] }] : [],
  };
}
