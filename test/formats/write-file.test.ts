import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { explainedWriteError } from '../../src/platform/formats/write-file';

const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe('explainedWriteError', () => {
  it.each([
    ['ENOSPC', /the disk is full. Free some space and run the same command again; finished runs are kept/],
    ['EROFS', /not writable \(EROFS\). Choose another folder with --out/],
    ['EACCES', /not writable/],
  ])('%s becomes a sentence with file, reason and remedy', (code, message) => {
    const explained = explainedWriteError('out/x', coded(code));
    expect(explained).toBeInstanceOf(UserError);
    expect((explained as Error).message).toMatch(message);
    expect((explained as Error).message).toMatch(/^out\/x cannot be written/);
  });

  it('leaves other errors as they are', () => {
    const error = coded('EMFILE');
    expect(explainedWriteError('x', error)).toBe(error);
  });
});
