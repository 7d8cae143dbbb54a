import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UserError, visibleText } from '../../src/errors';
import { readCsv } from '../../src/platform/formats/csv';
import { decodeImage } from '../../src/platform/formats/image';
import { parseJson } from '../../src/platform/formats/json-text';
import { openNpz, writeNpz } from '../../src/platform/formats/npz';
import { study, type StudyInput } from '../../src/experiments/study';
import { decodePickle } from '../../src/platform/formats/pickle';
import { hashFile, readBytes } from '../../src/platform/formats/read-file';
import { readStudyFile } from '../../src/studies/registry';
import { collect, testFolder } from './fixtures';

const folder = testFolder();

describe('a damaged npz', () => {
  /** A file whose array has one bit of its last value flipped. */
  async function damaged(compress: boolean): Promise<string> {
    const path = folder.path(`damaged-${compress}.npz`);
    const data = Float32Array.from({ length: 3000 }, (_, i) => 1 + i / 7);
    await writeNpz(path, { a: { shape: [3, 1000], data } }, { compress });
    const bytes = Buffer.from(readBytes(path));
    if (compress) bytes[bytes.length >> 1] ^= 1;
    else bytes[bytes.indexOf(Buffer.from(Float32Array.of(1 + 2999 / 7).buffer)) + 3] ^= 0x40;
    writeFileSync(path, bytes);
    return path;
  }

  it.each([true, false])('is told before its first slice is given away, compressed: %s', async (compress) => {
    const npz = await openNpz(await damaged(compress));
    const seen: unknown[] = [];
    await expect(
      (async () => {
        // Somebody who takes the first slice and stops never sees the end of the array.
        for await (const slice of npz.slices('a')) {
          seen.push(slice);
          break;
        }
      })(),
    ).rejects.toThrow(/checksum \(CRC-32\)|cannot be inflated/);
    expect(seen).toEqual([]);
    npz.close();
  });

  it('is told before its values are judged', async () => {
    const path = folder.path('flag.npz');
    await writeNpz(path, { flag: { shape: [4], data: Uint8Array.of(1, 0, 1, 1), dtype: 'bool' } });
    const bytes = Buffer.from(readBytes(path));
    bytes[bytes.indexOf(Buffer.from('PK\x07\x08', 'latin1')) - 1] = 77;
    writeFileSync(path, bytes);
    const npz = await openNpz(path);
    await expect(npz.read('flag')).rejects.toThrow(/checksum/);
    npz.close();
  });
});

describe('a damaged zip', () => {
  it('whose end says that it has fewer members, or none, is refused', async () => {
    const path = folder.path('ends.npz');
    await writeNpz(path, {
      a: { shape: [1], data: Uint8Array.of(1) },
      b: { shape: [1], data: Uint8Array.of(2) },
    });
    const whole = Buffer.from(readBytes(path));
    const end = whole.length - 22;
    const zeros = Buffer.from(whole).fill(0, end + 4);
    const one = Buffer.from(whole);
    one[end + 8] = one[end + 10] = 1;
    for (const bytes of [zeros, one]) {
      writeFileSync(path, bytes);
      await expect(openNpz(path)).rejects.toThrow(/members may be missing\. Copy or make it again/);
    }
  });
});

describe('a damaged PNG', () => {
  const picture = () =>
    sharp(Buffer.from(Uint8Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 255 : 20 * (i % 4)))), {
      raw: { width: 10, height: 10, channels: 3 },
    })
      .png({ palette: true, colours: 8 })
      .toBuffer();

  it('is refused wherever a byte of a chunk is changed', async () => {
    const whole = await picture();
    expect(whole.includes('PLTE')).toBe(true);
    await expect(decodeImage(whole)).resolves.toMatchObject({ width: 10 });
    const taken: number[] = [];
    for (let at = 8; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 0x10;
      await decodeImage(changed).then(
        () => taken.push(at),
        (error: unknown) => expect(error).toBeInstanceOf(UserError),
      );
    }
    expect(taken).toEqual([]);
  });
});

describe('a pipe or a device', () => {
  it('is refused by its kind before it is opened', async () => {
    const pipe = folder.path('pipe.csv');
    execFileSync('mkfifo', [pipe]);
    expect(() => readBytes(pipe)).toThrow(/pipe\.csv is a pipe, no ordinary file/);
    await expect(collect(readCsv(pipe, { header: false }))).rejects.toThrow(/is a pipe/);
    await expect(hashFile(pipe, [createHash('sha256')])).rejects.toThrow(/is a pipe/);
    expect(() => readBytes('/dev/null')).toThrow(/is a device/);
  });
});

describe('CSV', () => {
  it.each([
    ['a,b\n1,x"y\n', /line 2: a quote stands inside a value that does not begin with one/],
    ['a,b\n1,"x"y\n', /line 2: something stands between a closing quote and the end/],
  ])('%j is refused in plain words', async (text, message) => {
    const rows = collect(readCsv(folder.write('quote.csv', text), { header: false }));
    await expect(rows).rejects.toThrow(message);
    await expect(rows).rejects.toThrow(UserError);
  });

  it('copies a long line once, not with every piece of it', async () => {
    // Pieces have 2^18 bytes; a line of 64 of them was copied 64 times.
    const counted = async (pieces: number): Promise<number> => {
      const path = folder.write('line.csv', `${'1,'.repeat(pieces * 2 ** 17)}1\n`);
      const [before, search] = [String.prototype.lastIndexOf, { characters: 0 }];
      String.prototype.lastIndexOf = function (this: string, ...args: [string]) {
        search.characters += this.length;
        return before.apply(this, args);
      };
      try {
        const [row] = await collect(readCsv(path, { header: false }));
        expect(row.length).toBe(pieces * 2 ** 17 + 1);
      } finally {
        String.prototype.lastIndexOf = before;
      }
      return search.characters;
    };
    expect((await counted(32)) / (await counted(8))).toBeLessThan(4.5);
  });
});

describe('parseJson', () => {
  it('names a key that stands twice, however it is written', () => {
    expect(() => parseJson('{"a": 1, "b": {"a": 2}, "\\u0061": 3}', 'x.json')).toThrow(
      /x\.json has the key "a" twice/,
    );
    expect(parseJson('{"a": {"a": "a\\"", "b": ["a", "a"]}}', 'x')).toEqual({
      a: { a: 'a"', b: ['a', 'a'] },
    });
  });

  it('refuses lists and objects nested without end', () => {
    expect(() => parseJson('['.repeat(20_000) + ']'.repeat(20_000), 'x.json')).toThrow(
      /nested more than 64 deep/,
    );
    expect(() => parseJson('{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000), 'x.json')).toThrow(UserError);
    expect(() => parseJson('{"a": ]', 'x.json')).toThrow(/x\.json is no JSON/);
  });
});

describe('a pickle of empty dicts', () => {
  it('is refused before it takes more than the limit', () => {
    const count = 100_000;
    const bytes = Buffer.concat([Buffer.alloc(count, '}'), Buffer.from('.')]);
    expect(() => decodePickle(bytes, 'x.pkl', { maxMemory: 200 * count })).toThrow(/more than \d+ values/);
  });
});

describe('messages', () => {
  it('show what would steer a terminal', () => {
    expect(new UserError('a\u001b[31mred\u0007 \u009b2J \u202etxt.exe\nnext').message).toBe(
      'a\\u{1b}[31mred\\u{7} \\u{9b}2J \\u{202e}txt.exe\nnext',
    );
    expect(visibleText('é\t漢')).toBe('é\t漢');
  });
});

describe('a study', () => {
  const base = { name: 'x', methods: [{ loss: 'ce' }] };
  it.each([
    [{ shadows: 2_000_000 }, /shadows is 2000000, but every number of shadows must be at most 100000/],
    [{ seeds: [2 ** 32] }, /must be at most 4294967295/],
    [{ epochs: 1e308 }, /epochs is 1e\+308, but must be at most 1,000,000,000/],
  ])('with %j is refused when it is read', (fields, message) => {
    expect(() => study({ ...base, ...fields } as unknown as StudyInput)).toThrow(message);
  });
});

describe('a study file', () => {
  it.each([
    ['loop.yaml', 'name: &a\n  inner: *a\n', /a value in it contains itself/],
    ['twice.json', '{"name": "a", "name": "b"}', /the key "name" twice/],
    ['deep.json', `{"name": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /nested more than 64 deep/],
  ])('%s is refused in plain words', (name, text, message) => {
    expect(() => readStudyFile(folder.write(name, text))).toThrow(message);
    expect(() => readStudyFile(folder.path(name))).toThrow(UserError);
  });
});
