/**
 * tslab's parts, with the converter changed as patch-converter.ts says. Importing this module loads them; the
 * changed converter takes the original's place before anything else of tslab is loaded.
 */
import { readFileSync } from 'node:fs';
import { Module, createRequire } from 'node:module';
import path from 'node:path';
import type * as TypeScript from '@tslab/typescript-for-tslab';
import type * as ConverterModule from 'tslab/dist/converter';
import type * as ExecutorModule from 'tslab/dist/executor';
import type * as JupyterModule from 'tslab/dist/jupyter';
import type * as MetadataModule from 'tslab/dist/metadata';
import { patchConverter } from './patch-converter';
import type { ConverterHooks } from './patch-converter';

type PatchedConverterModule = typeof ConverterModule & { cclHooks: ConverterHooks };
interface Compilable extends Module {
  _compile(text: string, filename: string): void;
}

const load = createRequire(__filename);

function loadPatchedConverter(): PatchedConverterModule {
  const filename = load.resolve('tslab/dist/converter.js');
  const { version } = load('tslab/package.json') as { version: string };
  const patched = new Module(filename) as Compilable;
  patched.filename = filename;
  patched.paths = createRequire(filename).resolve.paths('x') ?? [];
  patched._compile(patchConverter(readFileSync(filename, 'utf8'), version), filename);
  patched.loaded = true;
  load.cache[filename] = patched;
  return patched.exports as PatchedConverterModule;
}

const converterModule = loadPatchedConverter();
const executorModule = load('tslab/dist/executor.js') as typeof ExecutorModule;
const jupyterModule = load('tslab/dist/jupyter.js') as typeof JupyterModule;

/** TypeScript as tslab has it (5.0.4 with a few functions made public). */
export const ts = createRequire(load.resolve('tslab/dist/converter.js'))(
  '@tslab/typescript-for-tslab',
) as typeof TypeScript;

export const { createExecutor } = executorModule;
export const { getCodeMetadata } = load('tslab/dist/metadata.js') as typeof MetadataModule;
export const { JupyterHandlerImpl } = jupyterModule;

/** Makes tslab's converter, which reads the working directory of the moment. */
export function createConverter(hooks: ConverterHooks): ConverterModule.Converter {
  converterModule.cclHooks = hooks;
  return converterModule.createConverter({ isJS: false, isBrowser: false });
}

export type DisplayWriter = NonNullable<typeof JupyterModule.lastWriteDisplayData>;

/** Says where tslab's own `display` object writes to. */
export function setDisplayWriter(write: DisplayWriter): void {
  (jupyterModule as { lastWriteDisplayData: DisplayWriter }).lastWriteDisplayData = write;
}

/** The folder of tslab's own code, to tell its frames in a stack trace. */
export const tslabFolder: string = path.dirname(load.resolve('tslab/package.json'));

export type { TypeScript };
export type { Converter, ConvertResult, Diagnostic } from 'tslab/dist/converter';
export type { ConverterSet, Executor, ConsoleInterface } from 'tslab/dist/executor';
