import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryKeeper, spillKeeper } from '../../src/signals/row-keeper';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-rows-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe.each([
  ['memory', () => memoryKeeper],
  ['a temporary file', spillKeeper],
])('rows in %s', (_where, make) => {
  it('come back as they were, whatever became of the array they were in', () => {
    const keeper = make();
    const buffer = Float64Array.of(1, 2, 3, 4);
    const rows = [
      keeper.keep(buffer.subarray(1, 3)),
      keeper.keep(Float32Array.of(0.1, -0, 5e-324, Infinity)),
    ];
    buffer.fill(7);
    rows.push(keeper.keep(buffer));
    expect(rows[0]()).toEqual(Float64Array.of(2, 3));
    expect(rows[1]()).toEqual(Float32Array.of(0.1, -0, 5e-324, Infinity));
    expect(rows[2]()).toEqual(Float64Array.of(7, 7, 7, 7));
    expect(rows[0]()).toEqual(Float64Array.of(2, 3));
  });
});

describe('the temporary file', () => {
  it('lies in TMPDIR without a name, so that nothing is left behind', () => {
    const row = spillKeeper().keep(Float32Array.of(1, 2));
    expect(readdirSync(folder)).toEqual([]);
    expect([...row()]).toEqual([1, 2]);
  });
});
