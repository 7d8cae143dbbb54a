import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { allocate, readBytes, readJson } from '../../src/platform/formats/read-file';
import { testFolder } from './fixtures';

const folder = testFolder();

describe('readBytes', () => {
  it('reads a file within the limits and names both sizes beyond them', () => {
    const path = folder.write('a', 'hello');
    expect(Buffer.from(readBytes(path, { maxMemory: 5 })).toString()).toBe('hello');
    expect(() => readBytes(path, { maxMemory: 4 })).toThrow(
      /a has 5 bytes, but .* the limit is 4 bytes.*--max-memory/,
    );
  });

  it.each([
    ['no file', 'none', /There is no file .*none/],
    ['a folder', '.', /is a folder, but a file is needed/],
    ['a path through a file', 'b/c', /There is no file/],
  ])('names %s', (_what, name, message) => {
    folder.write('b', '');
    expect(() => readBytes(folder.path(name))).toThrow(message);
    expect(() => readBytes(folder.path(name))).toThrow(UserError);
  });

  it('refuses a device, which may have no end', () => {
    expect(() => readBytes('/dev/zero')).toThrow(/no ordinary file/);
  });
});

describe('readJson', () => {
  it('reads a file, and counts its values as more than its text', () => {
    const path = folder.write('a.json', '{"a": [1, 2]}');
    expect(readJson(path)).toEqual({ a: [1, 2] });
    expect(() => readJson(path, { maxMemory: 40 })).toThrow(/the limit is 10 bytes/);
  });

  it('names what is no JSON and what is no UTF-8', () => {
    expect(() => readJson(folder.write('a.json', '{'))).toThrow(/a\.json is no JSON/);
    expect(() => readJson(folder.write('a.json', Buffer.from('"\xe4"', 'latin1')))).toThrow(UserError);
  });
});

it('says that a machine has not enough memory', () => {
  expect(() => allocate(2 ** 52, 'x in y.npz')).toThrow(/x in y\.npz needs 4.5 PB of memory at once/);
});
