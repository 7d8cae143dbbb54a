import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The folder of the project (the one with package.json), found upwards from this file. */
export const projectRoot: string = findRoot(__dirname);

/** True in the package of `npm pack`: no TypeScript sources, no other packages, but the bundle in dist/. */
export const isPacked: boolean = !existsSync(join(projectRoot, 'src', 'platform', 'cli', 'main.ts'));

/** Where the folder `out` stands: in a clone its root, with the package the folder that the program was started in. */
export const workFolder: string = isPacked ? process.cwd() : projectRoot;

/**
 * Where runs, reports and data are kept if nobody says otherwise: the environment variable CCL_OUT, so that many people
 * can share one clone that they cannot write to; else the folder out.
 */
export const outFolder: string = process.env.CCL_OUT ? resolve(process.env.CCL_OUT) : join(workFolder, 'out');

function findRoot(from: string): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}
