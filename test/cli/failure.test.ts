import { mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { openStore } from '../../src/experiments/store/store';
import { exitStatus, explain } from '../../src/platform/cli/command-line';
import { writeFileWhole } from '../../src/platform/formats/write-file';
import { ccl } from './ccl';

const folder = mkdtempSync(join(tmpdir(), 'ccl-failure-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const long = 'x'.repeat(300);
writeFileSync(join(folder, 'file'), '');
symlinkSync(join(folder, 'loop'), join(folder, 'loop'));

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('what a command says of a path that the system refuses', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a name too long, of a store', () => openStore(join(folder, long)), /too long; choose a shorter one\.$/],
    [
      'a name too long, of a file to write',
      () => writeFileWhole(join(folder, long), ''),
      /x… cannot be used: .*too long/,
    ],
    ['a name too long, of a file to read', () => readFileSync(join(folder, long)), /too long/],
    ['a NUL in the name of a store', () => openStore(join(folder, 'a\0b')), /NUL character/],
    ['a NUL in the name of a file', () => writeFileWhole(join(folder, 'a\0b'), ''), /NUL character/],
    ['a folder for a file', () => writeFileWhole(folder, ''), /is a folder/],
    ['a file for a folder', () => readFileSync(join(folder, 'file', 'x')), /a part of it is a file/],
    ['a loop of links', () => openSync(join(folder, 'loop'), 'r'), /leads back to itself/],
  ])('%s: one sentence and status 2', (_, act, sentence) => {
    const error = thrown(act);
    expect(explain(error)).toMatch(sentence);
    expect(explain(error).split('\n')).toHaveLength(1);
    expect(explain(error).length).toBeLessThan(400);
    expect(exitStatus(error)).toBe(2);
  });

  it('says what to do about a package that is not there', () => {
    const error = thrown(() => createRequire(__filename)('no-such-package'));
    expect(explain(error)).toMatch(
      /^ccl: no-such-package is missing or damaged in node_modules\. Run `npm run setup`/,
    );
    expect(exitStatus(error)).toBe(1);
  });

  it('keeps the stack of a defect, and takes anything that is thrown', () => {
    expect(explain(new RangeError('odd'))).toMatch(/^ccl: RangeError: odd\n +at /);
    expect(explain(null)).toBe('ccl: null');
    expect([exitStatus(null), exitStatus(new UserError('typed'))]).toEqual([1, 2]);
  });

  it('is what commands print', () => {
    const { status, stderr } = ccl('study', 'status', 'tiny', '--out', join(folder, long));
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^ccl: .* cannot be used: its name, or that of a folder in it, is too long; choose a shorter one\.\n$/,
    );
  });
});
