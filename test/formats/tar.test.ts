import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import type { ReadLimits } from '../../src/platform/formats/limits';
import { tarMembers } from '../../src/platform/formats/tar';
import { collect, testFolder } from './fixtures';

const folder = testFolder();

type Made = Partial<Header> & {
  name: string;
  content?: Uint8Array | string;
  pax?: Readonly<Record<string, string>>;
};

async function tarOf(members: readonly Made[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of members) {
    archive.entry({ mtime: new Date(0), ...header }, content === undefined ? '' : Buffer.from(content));
  }
  archive.finalize();
  return Buffer.concat(await collect(archive as AsyncIterable<Buffer>));
}

async function readAll(
  content: Uint8Array,
  limits?: ReadLimits,
  name = 'a.tar',
): Promise<[string, string][]> {
  const read: [string, string][] = [];
  for await (const member of tarMembers(folder.write(name, content), limits)) {
    const bytes = await member.read();
    expect(bytes.length).toBe(member.size);
    read.push([member.name, Buffer.from(bytes).toString()]);
  }
  return read;
}

const plain: Made[] = [
  { name: './folder/', type: 'directory' },
  { name: './folder/a.txt', content: 'first' },
  { name: `${'long/'.repeat(60)}b`, content: 'second' },
  { name: 'é', content: '' },
];
const plainContents = [
  ['folder/a.txt', 'first'],
  [`${'long/'.repeat(60)}b`, 'second'],
  ['é', ''],
];

describe('tarMembers', () => {
  it('reads .tar and .tar.gz, told apart by their bytes', async () => {
    const tar = await tarOf(plain);
    expect(await readAll(tar)).toEqual(plainContents);
    expect(await readAll(gzipSync(tar))).toEqual(plainContents);
    expect(await readAll(tar, {}, 'a.tgz')).toEqual(plainContents);
  });

  it('skips members that are not read, and streams those that are', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    const path = folder.write(
      'a.tar',
      await tarOf([
        { name: 'skipped', content },
        { name: 'b', content },
      ]),
    );
    const found: string[] = [];
    for await (const member of tarMembers(path)) {
      found.push(member.name);
      if (member.name === 'b')
        expect(Buffer.concat(await collect<Buffer>(member.stream())).equals(content)).toBe(true);
    }
    expect(found).toEqual(['skipped', 'b']);
  });

  it('stops when the reader stops', async () => {
    const path = folder.write('a.tar', await tarOf(plain));
    for await (const { name } of tarMembers(path)) {
      expect(name).toBe('folder/a.txt');
      break;
    }
  });

  it.each<[string, Made, RegExp]>([
    [
      'an absolute path',
      { name: '/etc/passwd', content: 'x' },
      /"\/etc\/passwd", an absolute path, which is refused/,
    ],
    ['a path with ..', { name: 'a/../../up', content: 'x' }, /'\.\.'/],
    ['a drive', { name: 'C:/x', content: 'x' }, /absolute/],
    [
      'a symbolic link',
      { name: 'a', type: 'symlink', linkname: '/etc/passwd' },
      /"a", a symbolic link to "\/etc\/passwd"/,
    ],
    ['a hard link', { name: 'a', type: 'link', linkname: '../x' }, /a hard link to "\.\.\/x"/],
    ['a device', { name: 'a', type: 'character-device' }, /a device/],
    ['a pipe', { name: 'a', type: 'fifo' }, /a pipe/],
    ['a sparse file', { name: 'a', pax: { 'GNU.sparse.major': '1' }, content: 'x' }, /a sparse file/],
    ['a folder outside', { name: '../up/', type: 'directory' }, /'\.\.'/],
  ])('refuses %s', async (_what, member, message) => {
    const tar = await tarOf([{ name: 'fine', content: 'x' }, member]);
    await expect(readAll(tar)).rejects.toThrow(message);
    await expect(readAll(gzipSync(tar))).rejects.toThrow(UserError);
  });

  it('refuses a member that is there twice', async () => {
    await expect(
      readAll(
        await tarOf([
          { name: 'a', content: 'x' },
          { name: './a', content: 'y' },
        ]),
      ),
    ).rejects.toThrow(/"a", which is there twice/);
  });

  it('refuses a member beyond the limits before it is read', async () => {
    const tar = await tarOf([{ name: 'a', content: Buffer.alloc(1000) }]);
    await expect(readAll(tar, { maxMemory: 999 })).rejects.toThrow(/a in .*a\.tar would take 1000 bytes/);
    // A header that asks for far more than the archive has.
    const lying = await tarOf([{ name: 'a', content: 'x', pax: { size: String(2 ** 50) } }]);
    await expect(readAll(lying)).rejects.toThrow(/would take 1.13 PB/);
  });

  it('inflates no more than it needs of a bomb', async () => {
    const bomb = gzipSync(await tarOf([{ name: 'a', content: Buffer.alloc(60_000_000) }]));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readAll(bomb, { maxMemory: 1e6 })).rejects.toThrow(/would take 60 MB/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('names an archive that is cut anywhere, also between members', async () => {
    const tar = await tarOf([
      { name: 'a', content: Buffer.alloc(600, 1) },
      { name: 'b', content: 'x' },
    ]);
    for (const length of [0, 100, 512, 1000, 1536, 2000, 2048, 2560]) {
      await expect(readAll(tar.subarray(0, length))).rejects.toThrow(/a\.tar is no whole tar archive/);
    }
    const packed = gzipSync(tar);
    for (let length = 2; length < packed.length; length += 5) {
      await expect(readAll(packed.subarray(0, length))).rejects.toThrow(UserError);
    }
    await expect(readAll(gzipSync(tar.subarray(0, 1000)))).rejects.toThrow(/cut short/);
  });

  it('names damage: a header, compressed data, another kind of file', async () => {
    const tar = await tarOf([{ name: 'a', content: 'x' }]);
    const header = Buffer.from(tar);
    header[0] ^= 1;
    await expect(readAll(header)).rejects.toThrow(/no whole tar archive: Invalid tar header/);
    const packed = gzipSync(tar);
    packed[packed.length - 6] ^= 1;
    await expect(readAll(packed)).rejects.toThrow(/no whole gzip file|cut short/);
    await expect(readAll(Buffer.from('x'.repeat(2000)))).rejects.toThrow(/neither tar nor gzip/);
    await expect(readAll(gzipSync('x'.repeat(2000)))).rejects.toThrow(/no whole tar archive/);
    await expect(collect(tarMembers(folder.path('none')))).rejects.toThrow(/There is no file/);
  });
});
