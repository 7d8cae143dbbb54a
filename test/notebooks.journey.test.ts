import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { projectRoot } from '../src/paths';
import { noPythonReason, python } from './kernel/session';
import { runsInSmokeMode } from './runs-in-smoke-mode';

const folder = join(projectRoot, 'notebooks');
const notebooks = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
const why = python === undefined ? ` (${noPythonReason})` : '';

describe.skipIf(python === undefined)(`notebooks in smoke mode${why}`, { timeout: 180_000 }, () => {
  it.each(notebooks)('%s runs from top to bottom', (name) => runsInSmokeMode(join(folder, name)));
});
