import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve, basename } from 'node:path';
import { badInput } from '../errors';
import { outFolder } from '../paths';
import { publishedChecksum } from './content-hash';
import type { DatasetDefinition, Layout, SourceFile } from './dataset';

/** Where data sets lie if nobody says otherwise; deleting `out/` deletes them too. */
export const defaultDataFolder = join(outFolder, 'data');

/**
 * The folder with data sets: the option, else the environment variable CCL_DATA_DIR, else `out/data` of the project.
 *
 * @throws UserError if a named folder is not there, unless it is going to be made
 */
export function dataFolder(option?: string, { mustExist = true } = {}): string {
  const [what, named] =
    option !== undefined ? ['dataDir', option] : ['CCL_DATA_DIR', process.env.CCL_DATA_DIR ?? ''];
  if (named === '') return defaultDataFolder;
  const folder = resolve(named);
  if (mustExist && !existsSync(folder)) {
    throw badInput(what, named, 'no such folder exists', 'Make it, or correct the path');
  }
  return folder;
}

/** Where parsed data sets are kept: in the data folder, or in `out/data-cache` if that is read-only. */
export function cacheFolder(folder: string): { readonly path: string; readonly shared: boolean } {
  return isWritable(folder)
    ? { path: join(folder, '.ccl-cache'), shared: false }
    : { path: join(outFolder, 'data-cache'), shared: true };
}

function isWritable(folder: string): boolean {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A layout that is there, with the path of each of its files. */
export interface FoundLayout {
  readonly layout: Layout;
  readonly files: readonly string[];
}

/** All layouts of a data set that lie whole in the folder or one of its usual subfolders; fastest first. */
export function findLayouts(definition: DatasetDefinition, folder: string): FoundLayout[] {
  // Subfolders first: MNIST and Fashion-MNIST have files of the same names.
  const roots = [...definition.folders.map((name) => join(folder, name)), folder].filter((root) =>
    existsSync(root),
  );
  return definition.layouts.flatMap((layout) => {
    const whole = roots
      .map((root) => layout.paths.map((alternatives) => firstThere(root, alternatives)))
      .find((files) => files.every((file) => file !== undefined));
    return whole === undefined ? [] : [{ layout, files: whole as string[] }];
  });
}

function firstThere(root: string, alternatives: readonly string[]): string | undefined {
  return alternatives.map((name) => join(root, name)).find((path) => isThere(path));
}

/** A name that ends with `/` means a folder. */
function isThere(path: string): boolean {
  if (!existsSync(path)) return false;
  return statSync(path).isDirectory() === /[/\\]$/.test(path);
}

/** The published file that a found file is, by its name. */
export function publishedFile(definition: DatasetDefinition, path: string): SourceFile | undefined {
  const { files, otherFiles = [] } = definition.facts;
  return [...files, ...otherFiles].find(
    (file) =>
      file.name === basename(path) && (file.bytes !== undefined || publishedChecksum(file) !== undefined),
  );
}
