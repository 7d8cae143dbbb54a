import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import type { ReadLimits } from '../../src/platform/formats/limits';
import { openZip } from '../../src/platform/formats/zip-file';
import { testFolder } from './fixtures';
import { handMadeZip, type HandMadeMember } from './hand-made-zip';
import { zipContents } from './zip-members';

const folder = testFolder();
const text = Buffer.from('some content '.repeat(10));

async function readAll(content: Uint8Array, limits?: ReadLimits): Promise<[string, string][]> {
  const read = await zipContents(folder.write('a.zip', content), limits);
  return read.map(([name, bytes]) => [name, bytes.toString()]);
}
const readMember = (member: Partial<HandMadeMember>): Promise<[string, string][]> =>
  readAll(handMadeZip([{ name: 'a', content: text, ...member }]));

describe('openZip', () => {
  it('reads stored and deflated members, empty ones too, and leaves folders out', async () => {
    const zip = handMadeZip([
      { name: 'folder/', content: new Uint8Array(0), method: 0, mode: 0o040755 },
      { name: './folder/a.txt', content: text, method: 0 },
      { name: 'b', content: text },
      { name: 'empty', content: new Uint8Array(0), method: 0 },
      { name: 'empty-deflated', content: new Uint8Array(0) },
    ]);
    expect(await readAll(zip)).toEqual([
      ['folder/a.txt', text.toString()],
      ['b', text.toString()],
      ['empty', ''],
      ['empty-deflated', ''],
    ]);
  });

  it('reads a member piece by piece', async () => {
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * i) % 251));
    for (const method of [0, 8]) {
      const path = folder.write('pieces.zip', handMadeZip([{ name: 'a', content, method }]));
      const zip = await openZip(path);
      const bytes = await zip.bytes(zip.entries.get('a')!);
      const pieces = [100_000, 600_000].map((length) => Buffer.alloc(length));
      for (const piece of pieces) await bytes.fill(piece);
      await bytes.finish();
      bytes.close();
      zip.close();
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
    }
  });

  it.each([
    ['/etc/passwd', /absolute path/],
    ['C:/x', /absolute path/],
    ['../up', /'\.\.'/],
    ['a/../../up', /'\.\.'/],
    ['a\\..\\up', /'\.\.'|backslash/],
    ['a\u0000b', /control characters/],
    ['a\nb', /control characters/],
  ])('refuses the name %j', async (name, message) => {
    await expect(readMember({ name })).rejects.toThrow(message);
    await expect(readMember({ name })).rejects.toThrow(UserError);
  });

  it.each<[string, Partial<HandMadeMember>, RegExp]>([
    ['a symbolic link', { mode: 0o120777 }, /"a", a symbolic link, which is refused/],
    ['a device', { mode: 0o020666 }, /no ordinary file/],
    ['an encrypted member', { flags: 0x801 }, /encrypted/],
    ['another method', { method: 14, packed: text }, /a in .*a\.zip is compressed by LZMA/],
    ['an unknown method', { method: 77, packed: text }, /method 77/],
    ['a wrong checksum', { says: { crc: 1 } }, /a in .*is damaged: its checksum .* must be 00000001/],
    ['a wrong checksum of a stored member', { says: { crc: 1 }, method: 0 }, /checksum/],
    [
      'more than its header says',
      { says: { size: 100 } },
      /more than the 100 bytes that its header says; reading stopped/,
    ],
    ['less than its header says', { says: { size: 200 } }, /ends after 130 bytes, but its header says 200/],
    [
      'a ratio that deflate cannot reach',
      { says: { size: 2 ** 31 } },
      /says it inflates from \d+ to 2147483648 bytes, more than deflate can/,
    ],
    [
      'bytes behind its compressed data',
      { packed: Buffer.concat([Buffer.from('03000000', 'hex')]), content: new Uint8Array(0) },
      /2 bytes follow/,
    ],
    ['no deflate at all', { packed: Buffer.from('ffffffff', 'hex') }, /cannot be inflated/],
    ['sizes that differ though it is stored', { method: 0, says: { size: 5 } }, /size mismatch/],
    ['an end beyond the file', { says: { packed: 60_000 } }, /overflows file bounds/],
  ])('refuses a member with %s', async (_what, member, message) => {
    await expect(readMember(member)).rejects.toThrow(message);
    await expect(readMember(member)).rejects.toThrow(UserError);
  });

  it('stops a bomb at the first byte more than its header says', async () => {
    // A thousand times more than announced; only what was announced is ever allocated.
    const bomb = handMadeZip([{ name: 'bomb', content: Buffer.alloc(50_000_000), says: { size: 50_000 } }]);
    const before = process.memoryUsage().arrayBuffers;
    await expect(readAll(bomb)).rejects.toThrow(/reading stopped there/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
  });

  it('refuses members that share bytes, and members that are there twice', async () => {
    const first = { name: 'a', content: text };
    await expect(readAll(handMadeZip([first, { ...first, name: 'b', sharesBytes: true }]))).rejects.toThrow(
      /"b", which shares bytes with another/,
    );
    await expect(readAll(handMadeZip([first, first]))).rejects.toThrow(/"a", which is there twice/);
  });

  it('refuses a directory that would not fit into memory', async () => {
    const zip = handMadeZip([{ name: 'a', content: text }], { entries: 60_000 });
    await expect(readAll(zip, { maxMemory: 1e6 })).rejects.toThrow(/60000 members/);
    await expect(readAll(zip)).rejects.toThrow(/no whole zip archive/);
  });

  it('names an archive that is cut anywhere', async () => {
    const zip = handMadeZip([
      { name: 'a', content: text },
      { name: 'b', content: text, method: 0 },
    ]);
    for (let length = 0; length < zip.length; length += 7) {
      await expect(readAll(zip.subarray(0, length))).rejects.toThrow(
        /a\.zip is no whole zip archive: .*[^.]\. Copy/,
      );
    }
  });

  it('says that there is no file, or that it is a folder', async () => {
    await expect(openZip(folder.path('none.zip'))).rejects.toThrow(/There is no file .*none\.zip/);
    await expect(openZip(folder.path('.'))).rejects.toThrow(/is a folder/);
  });
});
