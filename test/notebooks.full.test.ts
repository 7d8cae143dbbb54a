import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runNotebooks } from '../src/platform/kernel/run-notebook';
import { projectRoot } from '../src/paths';

const folder = join(projectRoot, 'notebooks');

describe.each(readdirSync(folder).filter((name) => name.endsWith('.ipynb')))('%s', (name) => {
  it('runs from top to bottom at its full size', async () => {
    const [result] = await runNotebooks({ files: [join(folder, name)], smoke: false });
    expect(result.cells.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(result.ok).toBe(true);
  }, 300_000);
});
