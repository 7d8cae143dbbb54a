import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the project (the one with package.json), found upwards from this file. */
export const projectRoot: string = findRoot(__dirname);

function findRoot(from: string): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}
