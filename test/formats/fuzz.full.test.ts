import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { readCsv } from '../../src/platform/formats/csv';
import { gunzip } from '../../src/platform/formats/gzip';
import { decodeIdx } from '../../src/platform/formats/idx';
import { decodeImage } from '../../src/platform/formats/image';
import { parseJson } from '../../src/platform/formats/json-text';
import { decodeNpy } from '../../src/platform/formats/npy';
import { openNpz, writeNpz } from '../../src/platform/formats/npz';
import { readParquet } from '../../src/platform/formats/parquet';
import { decodePickle } from '../../src/platform/formats/pickle';
import { readBytes, readText } from '../../src/platform/formats/read-file';
import { decodeSafetensors, encodeSafetensors } from '../../src/platform/formats/safetensors';
import { tarMembers } from '../../src/platform/formats/tar';
import { randomStream, type RandomStream } from '../../src/platform/math/random';
import { readStudyFile } from '../../src/studies/registry';
import { collect, fixtureBytes, testFolder } from './fixtures';
import { encodeNpy, writeParquet } from './writers';
import { zipContents } from './zip-members';

// Files that were mutated by a seed: each is read to the end, quickly, or refused in one sentence; and where a format has
// a checksum, what is read is what was written.

const rounds = Number(process.env.CCL_FUZZ_ROUNDS ?? 3000);
const secondsAFile = 20;
const folder = testFolder();
const values = Float32Array.from({ length: 240 }, (_, i) => i / 7 - 3);
const table = Array.from({ length: 30 }, (_, i) => `${i},"name ${i}",${i / 4}`).join('\n');

interface Reader {
  readonly name: string;
  readonly whole: () => Uint8Array | string | Promise<Uint8Array>;
  readonly read: (path: string) => unknown;
  /** Whether the format has a checksum over its content. */
  readonly isChecked?: true;
}

async function written(name: string, write: (path: string) => Promise<void> | void): Promise<Uint8Array> {
  await write(folder.path(name));
  return readFileSync(folder.path(name));
}

const npzOf = (path: string): Promise<void> =>
  writeNpz(path, {
    logits: { shape: [2, 40, 3], data: values },
    labels: { shape: [40], data: Int32Array.from({ length: 40 }, (_, i) => i % 3) },
  });

async function tarOf(): Promise<Uint8Array> {
  const archive = pack();
  for (const name of ['a.txt', 'folder/b.txt']) archive.entry({ name, mtime: new Date(0) }, table);
  archive.finalize();
  return Buffer.concat(await collect(archive as AsyncIterable<Buffer>));
}

const idx = (): Uint8Array =>
  Buffer.from([0, 0, 8, 2, 0, 0, 0, 8, 0, 0, 0, 30, ...values.map((v) => v & 255)]);

const readers: readonly Reader[] = [
  {
    name: 'npy',
    whole: () => encodeNpy({ shape: [8, 30], data: values }),
    read: (path) => decodeNpy(readBytes(path), path),
  },
  {
    name: 'npz',
    isChecked: true,
    whole: () => written('whole.npz', npzOf),
    async read(path) {
      const npz = await openNpz(path);
      try {
        return { logits: await npz.read('logits'), labels: await npz.read('labels') };
      } finally {
        npz.close();
      }
    },
  },
  {
    name: 'zip',
    isChecked: true,
    whole: () => written('whole.zip', npzOf),
    read: zipContents,
  },
  {
    name: 'tar',
    whole: tarOf,
    async read(path) {
      const members: Uint8Array[] = [];
      for await (const member of tarMembers(path)) members.push(await member.read());
      return members;
    },
  },
  { name: 'gzip', isChecked: true, whole: () => gzipSync(table), read: (path) => gunzip(path) },
  {
    name: 'csv',
    whole: () => `id,name,value\n${table}\n`,
    read: (path) => collect(readCsv(path, { header: true })),
  },
  {
    name: 'parquet',
    whole: () =>
      written('whole.parquet', (path) =>
        writeParquet(path, { value: values, name: table.split('\n').concat(Array<string>(210).fill('x')) }),
      ),
    read: (path) => readParquet(path),
  },
  {
    name: 'safetensors',
    whole: () =>
      encodeSafetensors({ arrays: { w: { shape: [8, 30], data: values } }, metadata: { block: 'b' } }),
    read: (path) => decodeSafetensors(readBytes(path), path),
  },
  {
    name: 'pickle',
    whole: () => fixtureBytes('protocol4.pkl'),
    read: (path) => decodePickle(readBytes(path), path),
  },
  { name: 'idx', whole: idx, read: (path) => decodeIdx(readBytes(path), path) },
  {
    name: 'json',
    whole: () => JSON.stringify({ name: 'x', rows: table.split('\n').map((text, i) => ({ text, i })) }),
    read: (path) => parseJson(readText(path), path),
  },
  {
    name: 'png',
    isChecked: true,
    whole: () =>
      sharp(Buffer.from(values.buffer), { raw: { width: 20, height: 16, channels: 3 } })
        .png()
        .toBuffer(),
    read: (path) => decodeImage(readBytes(path)),
  },
  {
    name: 'study.yaml',
    whole: () =>
      'name: grid\nhidden: [32]\nmethods: [{loss: ce}, {loss: ccel, alpha: [0.3, 0.5]}]\nseeds: [1, 2]\nepochs: 4\n',
    read: (path) => readStudyFile(path),
  },
];

/** One damage of those that disks, editors and transfers do. */
function mutated(whole: Uint8Array, random: RandomStream): Uint8Array {
  const bytes = Buffer.from(whole);
  const at = random.below(bytes.length);
  const span = 1 + random.below(Math.min(64, bytes.length - at));
  const noise = Buffer.from(Uint8Array.from({ length: span }, () => random.below(256)));
  switch (random.below(8)) {
    case 0:
      bytes[at] ^= 1 << random.below(8);
      return bytes;
    case 1:
      noise.copy(bytes, at);
      return bytes;
    case 2:
      return bytes.fill(0, at, at + span);
    case 3:
      return bytes.fill(255, at, at + span);
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + span)]);
    default:
      return Buffer.concat([bytes.subarray(0, at + span), bytes.subarray(at)]);
  }
}

const soon = <T>(work: Promise<T>, what: string): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`${what} took over ${secondsAFile} s`)), secondsAFile * 1000).unref(),
    ),
  ]);

it.each(readers)(
  '$name: every mutated file is read or refused in one sentence',
  async ({ name, whole, read, isChecked }) => {
    const bytes = Buffer.from(await whole());
    const path = folder.path(`mutated-${name.includes('.') ? name : `file.${name}`}`);
    writeFileSync(path, bytes);
    const before = await read(path);
    const counts = { refused: 0, equal: 0, other: 0 };
    const step = readers.findIndex((reader) => reader.name === name);
    for (let round = 0; round < rounds; round++) {
      const random = randomStream({ seed: 19, role: 'evaluation', purpose: 'noise', step, epoch: round });
      writeFileSync(path, mutated(bytes, random));
      const what = `${name}, round ${round}`;
      try {
        const value = await soon(
          Promise.resolve().then(() => read(path)),
          what,
        );
        const isEqual = isDeepStrictEqual(value, before);
        counts[isEqual ? 'equal' : 'other']++;
        if (isChecked) expect(isEqual, what).toBe(true);
      } catch (error) {
        expect(error, what).toBeInstanceOf(UserError);
        const { message } = error as UserError;
        expect(message.length, what).toBeLessThan(1500);
        expect(message, what).not.toContain('\u001b');
        counts.refused++;
      }
    }
    console.log(
      `${name}: ${rounds} mutations, ${counts.refused} refused, ${counts.equal} read as before, ${counts.other} read otherwise`,
    );
    expect(counts.refused).toBeGreaterThan(0);
  },
  3_600_000,
);
