import type { Diagnostic, Program, QuickInfo, SourceFile } from '@tslab/typescript-for-tslab';

/**
 * The changes that the kernel makes to tslab's converter when it loads it. Each one puts a hook where tslab
 * has a fixed choice; what the hooks do is written in cell-compiler-options.ts.
 */
export const expectedTslabVersion = '1.0.22';

/** What the patched converter asks back. */
export interface ConverterHooks {
  /** Compiler options of TypeScript that win over tslab's. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Whether a cell may do what TypeScript complains about under this number. */
  isLenient(code: number): boolean;
  /** Whether tslab checks and emits this file; every other file is loaded by tsx as it is. */
  isOwn(file: string): boolean;
  /** What a cell declares at its top level, imports too. */
  declaredNames(cell: string): readonly string[];
  /** The signature of the call around a place, with what the parameter there means. */
  signatureAt(program: Program, cell: SourceFile, position: number): QuickInfo | undefined;
  /** Gives types to what TypeScript cannot write down for later cells; gives back the complaints that are left. */
  withNamedTypes(cell: SourceFile, complaints: readonly Diagnostic[]): Diagnostic[];
  /** Whether a cell has to run as an async function. */
  awaits(cell: SourceFile): boolean;
  /** Whether a file of the user has changed since the last cell, which watching tells too late. */
  hasChanged(file: string): boolean;
  /** Whether an `await` that TypeScript complains about stands where a cell may have one. */
  isTopLevelAwait(cell: SourceFile, position: number): boolean;
}

interface Patch {
  readonly why: string;
  readonly find: string;
  readonly replace: string;
}

const patches: readonly Patch[] = [
  {
    why: 'compiler options of our own (strict null checks, types, source maps) win over tslab’s',
    find: `        outDir,
    }, sys, null, function (d) {`,
    replace: `        outDir,
        ...exports.cclHooks.compilerOptions,
    }, sys, ts.createAbstractBuilder, function (d) {`,
  },
  {
    why: 'what the user’s files import is followed here: a builder that knows all dependencies takes most of a cell’s time',
    find: `    return builder
        .getAllDependencies(sourceFile)
        .filter((dep) => dep.endsWith(".js") || (dep.endsWith(".ts") && !dep.endsWith(".d.ts")));`,
    replace: `    const found = new Set([sourceFile.fileName]);
    for (const name of found) {
        const file = builder.getSourceFile(name);
        file?.resolvedModules?.forEach((resolved) => {
            const dep = (resolved?.resolvedModule ?? resolved)?.resolvedFileName;
            const isSource = dep && (dep.endsWith(".js") || (dep.endsWith(".ts") && !dep.endsWith(".d.ts")));
            if (isSource && exports.cclHooks.isOwn(dep) && builder.getSourceFile(dep)) found.add(dep);
        });
    }
    return [...found];`,
  },
  {
    why: 'TypeScript has a second timer, for imports that were not found when files come and go',
    find: `        if (rebuildTimer) {
            throw new Error("Unexpected pending rebuildTimer");
        }
        rebuildTimer = {
            callback: () => {
                callback();
                rebuildTimer = null;
            },
        };
        return rebuildTimer;
    };`,
    replace: `        const timer = { callback };
        pendingTimers.add(timer);
        rebuildTimer = {
            callback: () => {
                rebuildTimer = null;
                for (const pending of pendingTimers) {
                    pendingTimers.delete(pending);
                    pending.callback();
                }
            },
        };
        return timer;
    };
    const pendingTimers = new Set();`,
  },
  {
    why: 'and clears either',
    find: `        if (rebuildTimer === timeoutId) {
            rebuildTimer = null;
            return;
        }
        throw new Error("clearing unexpected tiemr");`,
    replace: `        pendingTimers.delete(timeoutId);`,
  },
  {
    why: 'a file that was edited just before a cell runs is read anew',
    find: `        notifyUpdateSrc(srcFilename, ts.FileWatcherEventKind.Changed);`,
    replace: `        for (const [file, changed] of [...fileWatchers]) {
            if (exports.cclHooks.hasChanged(file)) changed(file, ts.FileWatcherEventKind.Changed);
        }
        notifyUpdateSrc(srcFilename, ts.FileWatcherEventKind.Changed);`,
  },
  {
    why: 'and what it was like when it was read first is known',
    find: `        fileWatchers.set(path, cb);`,
    replace: `        fileWatchers.set(path, cb);
        exports.cclHooks.hasChanged(path);`,
  },
  {
    why: 'the checker, which gives every node its parent, is there before anything asks for completions',
    find: `        rebuildTimer.callback();
        if (builder === oldBuilder && changed) {`,
    replace: `        rebuildTimer.callback();
        builder.getProgram().getTypeChecker();
        if (builder === oldBuilder && changed) {`,
  },
  {
    why: 'inside of a call there is the signature to tell where nothing stands that has a type',
    find: `            info.textSpan.start -= srcPrefix.length;
        }
        return info;`,
    replace: `            info.textSpan.start -= srcPrefix.length;
        }
        return info ?? exports.cclHooks.signatureAt(builder.getProgram(), srcFile, position + srcPrefix.length);`,
  },
  {
    why: 'the names that a cell declares are read from its syntax, without a program that is made for that alone',
    find: `        updateContent(prevDecl, src);
        let declsFile = builder.getSourceFile(declFilename);
        let srcFile = builder.getSourceFile(srcFilename);
        const locals = srcFile.locals;
        const keys = new Set();
        if (locals) {
            locals.forEach((_, key) => {
                keys.add(key);
            });
        }
        if (keys.size > 0) {
            // Export all local variables.
            // TODO: Disallow "export" in the input.
            const suffix = "\\nexport {" + Array.from(keys).join(", ") + "}";
            updateContent(prevDecl, src + suffix);
            declsFile = builder.getSourceFile(declFilename);
            srcFile = builder.getSourceFile(srcFilename);
        }
`,
    replace: `        const keys = new Set(exports.cclHooks.declaredNames(src));
        const suffix = keys.size > 0 ? "\\nexport {" + Array.from(keys).join(", ") + "}" : "";
        updateContent(prevDecl, src + suffix);
        const declsFile = builder.getSourceFile(declFilename);
        const srcFile = builder.getSourceFile(srcFilename);
`,
  },
  {
    why: 'only the cell is written down for later cells, and what has no name there is no error',
    find: `    return ts.getPreEmitDiagnosticsOfFiles(builder.getProgram(), files);`,
    replace: `    const program = builder.getProgram();
    const found = files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
    found.push(...exports.cclHooks.withNamedTypes(sourceFile, program.getDeclarationDiagnostics(sourceFile)));
    return ts.sortAndDeduplicateDiagnostics(found);`,
  },
  {
    why: 'where that did not help, the complaints stand',
    find: `        declOutput += remainingDecls(`,
    replace: `        if (declOutput === undefined) {
            return convertDiagnostics(builder.getProgram().getDeclarationDiagnostics(srcFile));
        }
        declOutput += remainingDecls(`,
  },
  {
    why: 'a file of the user has no last expression to show, and keeps its names',
    find: `            }, undefined, undefined, getCustomTransformers(`,
    replace: `            }, undefined, undefined, dep !== srcFilename ? undefined : getCustomTransformers(`,
  },
  {
    why: 'leave out what a notebook may do although strict mode forbids it',
    find: `            if (!d.file) {
                continue;
            }
`,
    replace: `            if (!d.file || exports.cclHooks.isLenient(d.code)) {
                continue;
            }
`,
  },
  {
    why: 'the second step of the conversion tells where its lines come from, as the first step does',
    find: `        fileName: "custom.js",
        compilerOptions: {
`,
    replace: `        fileName: "custom.js",
        compilerOptions: {
            inlineSourceMap: true,
`,
  },
  {
    why: 'whether a cell waits is read from its syntax tree: TypeScript complains of some awaits only',
    find: `        let hasToplevelAwait = false;
        const diagnostics = [];
        const srcFile = builder.getSourceFile(srcFilename);
`,
    replace: `        const diagnostics = [];
        const srcFile = builder.getSourceFile(srcFilename);
        const hasToplevelAwait = exports.cclHooks.awaits(srcFile);
`,
  },
  {
    why: 'and so is whether it may stand where it stands',
    find: `                isTopLevelAwaitDiagnostic(srcFile, d)) {
                hasToplevelAwait = true;
`,
    replace: `                d.code === 1308 && exports.cclHooks.isTopLevelAwait(srcFile, d.start)) {
`,
  },
  {
    why: 'long messages name the file that they are about, first line',
    find: `            code: msg.code,
        });`,
    replace: `            code: msg.code,
            fileName,
        });`,
  },
  {
    why: 'long messages name the file that they are about, further lines',
    find: `traverseDiagnosticMessageChain(start, end, child, out);`,
    replace: `traverseDiagnosticMessageChain(start, end, child, out, fileName);`,
  },
  {
    why: 'a variable of an earlier cell is also found in the short form { name } of an object',
    find: `        function wrapPrevIdentifier(node) {
            var _a, _b;
`,
    replace: `        function wrapPrevIdentifier(node) {
            var _a, _b;
            if (ts.isShorthandPropertyAssignment(node)) {
                const symbol = checker.getShorthandAssignmentValueSymbol(node);
                const isPrev = ((symbol && symbol.declarations) || []).some((decl) => decl.getSourceFile() === declsFile);
                if (!isPrev) {
                    return ts.visitEachChild(node, wrapPrevIdentifier, nullTransformationContext);
                }
                const own = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node.name);
                const initial = node.objectAssignmentInitializer;
                return ts.factory.createPropertyAssignment(node.name, initial === undefined
                    ? own
                    : ts.factory.createAssignment(own, wrapPrevIdentifier(initial)));
            }
`,
  },
  {
    why: 'a property that an interface of an earlier cell declares is no variable of that cell: { rate: q } stays as it is',
    find: `            let prev = false;
            for (const decl of (_b`,
    replace: `            if (node.parent && ((ts.isBindingElement(node.parent) && node.parent.propertyName === node) ||
                (ts.isPropertyAssignment(node.parent) && node.parent.name === node))) {
                return node;
            }
            let prev = false;
            for (const decl of (_b`,
  },
];

/**
 * Puts the kernel's hooks into the text of tslab/dist/converter.js.
 *
 * @param text the file as tslab ships it
 * @param version tslab's version
 * @throws Error when the version or the text is not the one that the changes were made for
 */
export function patchConverter(text: string, version: string): string {
  if (version !== expectedTslabVersion) {
    throw new Error(
      `The kernel is made for tslab ${expectedTslabVersion}, but ${version} is installed. ` +
        'Install the packages of package-lock.json (npm ci), or adapt src/platform/kernel/patch-converter.ts.',
    );
  }
  let patched = text;
  for (const { why, find, replace } of patches) {
    const parts = patched.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `tslab/dist/converter.js has the text to change ${parts.length - 1} times instead of once (${why}). ` +
          'Install the packages of package-lock.json again (npm ci).',
      );
    }
    patched = parts.join(replace);
  }
  return patched;
}
