import { join } from 'node:path';
import { Store } from '../experiments/store';
import { projectRoot } from '../paths';

/** Where results go if nobody says otherwise. */
export const defaultOut = join(projectRoot, 'out');

/** The store inside an output folder. */
export function storeIn(out: string): Store {
  return Store.open(join(out, 'store'));
}
