import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecycledFile } from '../../src/platform/formats/recycled-file';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-recycled-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const parts = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));
const read = (): string => readFileSync(path, 'utf8');

describe('a recycled file', () => {
  it('holds the last version, whether it is longer or shorter than the one whose place it takes', () => {
    const file = new RecycledFile(path);
    const versions = ['one', 'a much longer second', 'x', '', 'four and', 'a longer one again, five', 'six'];
    for (const version of versions) {
      file.write(parts(version.slice(0, 2), '', version.slice(2)));
      expect(read()).toBe(version);
    }
    file.close();
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('is the same when written in the background', async () => {
    const file = new RecycledFile(path);
    const versions = ['one', 'a much longer second', 'x', '', 'four and', 'a longer one again, five', 'six'];
    for (const version of versions) {
      const writing = file.writeInBackground(parts(version.slice(0, 2), '', version.slice(2)));
      await writing;
      expect(read()).toBe(version);
      file.write(parts(`${version} and on`));
      expect(read()).toBe(`${version} and on`);
    }
    await file.writeInBackground(Array.from({ length: 3000 }, (_, i) => Uint8Array.of(i % 256)));
    expect(readFileSync(path).every((byte, i) => byte === i % 256)).toBe(true);
    file.close();
    expect(readdirSync(folder)).toEqual(['file']);
    const blocked = new RecycledFile(join(path, 'below', 'file'));
    await expect(blocked.writeInBackground(parts('x'))).rejects.toThrow(/a part of that path is a file/);
  });

  it('is made of two files in turn', () => {
    const file = new RecycledFile(path);
    const inodes = Array.from({ length: 6 }, (_, i) => {
      file.write(parts(`${i}`));
      return statSync(path).ino;
    });
    expect(new Set(inodes).size).toBe(2);
    expect(inodes.slice(2)).toEqual(inodes.slice(0, 4));
    file.close();
  });

  it('never writes into a version that somebody else has under another name', () => {
    const file = new RecycledFile(path);
    file.write(parts('first'));
    linkSync(path, join(folder, 'mine'));
    for (const version of ['second', 'third', 'fourth']) file.write(parts(version));
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('first');
    file.close();
  });

  it('more parts than one system call takes', () => {
    const file = new RecycledFile(path);
    file.write(Array.from({ length: 3000 }, (_, i) => Uint8Array.of(i % 256)));
    expect(readFileSync(path).every((byte, i) => byte === i % 256)).toBe(true);
    expect(statSync(path).size).toBe(3000);
    file.close();
  });

  it('removes what dead processes left, and leaves what living ones write', () => {
    const dead = 4194304 - 2;
    for (const name of [
      `file.${dead}.tmp`,
      `file.${dead}.old`,
      `file.1.tmp`,
      'file.tmp',
      `other.${dead}.tmp`,
    ])
      writeFileSync(join(folder, name), '');
    new RecycledFile(path).close();
    expect(readdirSync(folder).sort()).toEqual(['file.1.tmp', 'file.tmp', `other.${dead}.tmp`]);
  });

  it('says what is wrong, and leaves the last version and nothing else', () => {
    const file = new RecycledFile(path);
    file.write(parts('good'));
    const blocked = new RecycledFile(join(path, 'below', 'file'));
    expect(() => blocked.write(parts('x'))).toThrow(/cannot be written: a part of that path is a file/);
    const taken = join(folder, 'folder');
    mkdirSync(taken);
    mkdirSync(join(taken, 'not-empty'));
    expect(() => new RecycledFile(taken).write(parts('x'))).toThrow();
    file.close();
    expect(read()).toBe('good');
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder']);
  });

  it.skipIf(process.getuid?.() === 0)('a folder that is not writable', () => {
    chmodSync(folder, 0o555);
    expect(() => new RecycledFile(path).write(parts('x'))).toThrow(/its folder is not writable/);
    chmodSync(folder, 0o755);
    expect(existsSync(path)).toBe(false);
  });
});
