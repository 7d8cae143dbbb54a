import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { badInput } from '../errors';
import { outFolder } from '../paths';

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
