import { join } from 'node:path';
import { projectRoot } from '../paths';
import { Store } from './store';

/** Where results go if nobody says otherwise: the folder out of the project. */
export const defaultOut = join(projectRoot, 'out');

/** The store in it. */
export const defaultStore = join(defaultOut, 'store');

/**
 * The store inside an output folder. Notebooks and commands share the default one, so that nothing is trained twice.
 *
 * @throws UserError if the folder cannot be made or written to
 */
export function openStore(out: string = defaultOut): Store {
  return Store.open(join(out, 'store'));
}
