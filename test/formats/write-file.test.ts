import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors';
import { explainedWriteError, makeFolderFor, writeFileWhole } from '../../src/platform/formats/write-file';

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

describe('writeFileWhole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccl write '));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(process.platform === 'win32')(
    'writes into a pipe, which stays one, and not into one that nobody reads',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      expect(() => writeFileWhole(pipe, 'x')).toThrow(/pipe that nobody reads/);
      const reader = spawn('cat', [pipe]);
      let heard = '';
      reader.stdout.on('data', (text: Buffer) => (heard += text.toString()));
      // It reads as soon as it has started.
      await vi.waitFor(() => writeFileWhole(pipe, 'all of it'), { timeout: 20_000 });
      await once(reader, 'close');
      expect(heard).toBe('all of it');
      expect(statSync(pipe).isFIFO()).toBe(true);
      expect(readdirSync(folder)).toEqual(['pipe']);
    },
  );

  it('tells of a folder in the file’s place, and of a file in a folder’s, before the work', () => {
    expect(() => makeFolderFor(folder)).toThrow(/it is a folder, and a file is needed/);
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolderFor(join(folder, 'file', 'x'))).toThrow(/a part of that path is a file/);
  });
});
