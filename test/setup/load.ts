import path from 'node:path';
import { projectRoot } from '../../src/paths';

/** A module of src/platform/setup, which is plain JavaScript without types. */
export const load = (name: string) =>
  import(/* @vite-ignore */ path.join(projectRoot, 'src', 'platform', 'setup', name));
