import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors';
import { projectRoot } from '../../paths';

/** What Node.js has beside what it documents. */
interface ModuleInside extends Module {
  filename: string;
  paths: string[];
  _compile(code: string, file: string): void;
}
const inside = Module as unknown as {
  new (id: string): ModuleInside;
  _initPaths(): void;
  _nodeModulePaths(folder: string): string[];
};

/**
 * Runs a person's own program as a cell of a notebook would: TypeScript, top-level await, and 'ccl-lab' wherever the file
 * lies. Types are not checked.
 *
 * @throws UserError if it is not there, and what the program throws
 */
export async function runProgram(file: string): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new UserError(`There is no program ${path}. Check the path; a loss is named by --loss.`);
  }
  const load = createRequire(join(projectRoot, 'package.json'));
  const ts = load('typescript') as typeof import('typescript');
  offerProject();
  (load('./src/run-source.cjs') as { serveSources(): void }).serveSources();
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: {
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
      ...{ esModuleInterop: true, inlineSourceMap: true },
    },
  });
  const program = new inside(path);
  program.filename = path;
  program.paths = inside._nodeModulePaths(dirname(path));
  // CommonJS, so that the program and this command share one library; its await then needs a function around it.
  program._compile(`module.exports = (async () => {\n${outputText}\n})();`, path);
  await (program.exports as Promise<void>);
}

/** Packages that the program's folder does not have are looked for in the project. */
function offerProject(): void {
  const { NODE_PATH: before } = process.env;
  process.env.NODE_PATH = [before, join(projectRoot, 'node_modules')].filter(Boolean).join(delimiter);
  inside._initPaths();
}
