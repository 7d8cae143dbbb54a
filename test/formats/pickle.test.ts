import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { decodePickle } from '../../src/platform/formats/pickle';
import { refuseUnsafe } from '../../src/platform/formats/read-file';
import { opcodeNames } from '../../src/platform/formats/pickle-bytes';
import { fixtureBytes } from './fixtures';

const map = (entries: Record<string, unknown>): Map<string, unknown> => new Map(Object.entries(entries));
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const read = (text: string): unknown => decodePickle(latin1(text), 'x.pkl');

describe('decodePickle', () => {
  it.each([0, 1, 2, 3, 4, 5])('reads what Python 3 with numpy 2 wrote, protocol %i', (protocol) => {
    const value = decodePickle(fixtureBytes(`protocol${protocol}.pkl`), 'x') as Map<string, unknown>;
    const labels = [6, 9, -3, 2 ** 40, 2n ** 70n];
    expect([...value.keys()]).toEqual([
      'batch_label',
      'labels',
      'data',
      'big',
      'mixed',
      'scalar',
      'flags',
      'none',
      'nested',
      'half',
      'again',
    ]);
    expect(Buffer.from(value.get('batch_label') as Uint8Array).toString()).toBe('training batch 1 of 5');
    expect(value.get('labels')).toEqual(labels);
    expect(value.get('again')).toEqual(labels);
    expect(value.get('data')).toMatchObject({
      dtype: 'uint8',
      shape: [2, 12],
      data: Uint8Array.from({ length: 24 }, (_, i) => i),
    });
    expect(value.get('big')).toMatchObject({
      dtype: 'float32',
      shape: [2, 3],
      data: Float32Array.of(0, 1, 2, 3, 4, 5),
    });
    expect(value.get('mixed')).toEqual([
      1.5,
      -0.25,
      1e300,
      null,
      true,
      false,
      'é\n\\u😀',
      '',
      300,
      70000,
      -1,
    ]);
    expect(value.get('scalar')).toBe(7);
    expect(value.get('flags')).toMatchObject({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
    expect(value.get('half')).toMatchObject({ dtype: 'float16', data: Float32Array.of(0.5, 2) });
    expect([...(value.get('none') as Uint8Array)]).toEqual([]);
    expect(value.get('nested')).toEqual(map({ a: [[], new Map(), []], b: [[1, 2], [3]] }));
  });

  it('reads the names of numpy 1 as those of numpy 2', () => {
    const older = fixtureBytes('protocol2.pkl').toString('latin1').replaceAll('numpy._core.', 'numpy.core.');
    expect(older).toContain('numpy.core.multiarray');
    expect(decodePickle(latin1(older), 'x')).toEqual(decodePickle(fixtureBytes('protocol2.pkl'), 'x'));
  });

  it("reads Python 2's form of CIFAR's batches", () => {
    const batch = decodePickle(fixtureBytes('python2.pkl'), 'data_batch_1') as Map<string, unknown>;
    expect(batch.get('data')).toMatchObject({
      dtype: 'uint8',
      shape: [2, 4],
      data: Uint8Array.of(0, 10, 128, 255, 1, 2, 3, 200),
    });
    expect(batch.get('labels')).toEqual([6, 9]);
    expect(batch.get('batch_label')).toBe('training batch 1 of 5');
    expect(batch.get('filenames')).toEqual([
      'leptodactylus_pentadactylus_s_000004.png',
      'camion_s_000148.png',
    ]);
  });

  it.each([0, 2, 4])('never runs os.system and refuses it by name, protocol %i', (protocol) => {
    const evil = (): unknown => decodePickle(fixtureBytes(`evil${protocol}.pkl`), 'data_batch_1');
    expect(evil).toThrow(/data_batch_1 is a pickle with the Python name (posix|nt)\.system/);
    expect(evil).toThrow(UserError);
    expect(existsSync('pwned-by-pickle')).toBe(false);
  });

  it.each([
    ['builtins', 'eval'],
    ['__builtin__', 'eval'],
    ['numpy', 'load'],
    ['numpy.core.multiarray', '_reconstruct.__globals__'],
    ['numpy.ndarray', '__reduce__'],
    ['constructor', 'constructor'],
    ['torch._utils', '_rebuild_tensor_v2'],
  ])('refuses the name %s.%s, also where it is only named', (module, name) => {
    const message = `the Python name ${module}.${name} `;
    expect(() => read(`c${module}\n${name}\n.`)).toThrow(message);
    expect(() =>
      read(
        `\x8c${String.fromCharCode(module.length)}${module}\x8c${String.fromCharCode(name.length)}${name}\x93.`,
      ),
    ).toThrow(message);
  });

  it('refuses every opcode that makes other objects, by its name', () => {
    const refused = [
      'INST',
      'OBJ',
      'NEWOBJ',
      'NEWOBJ_EX',
      'PERSID',
      'BINPERSID',
      'EXT1',
      'EXT2',
      'EXT4',
      'EMPTY_SET',
      'FROZENSET',
      'ADDITEMS',
      'NEXT_BUFFER',
      'READONLY_BUFFER',
    ];
    for (const [code, name] of Object.entries(opcodeNames)) {
      const run = (): unknown => read(`(((${String.fromCharCode(Number(code))}`);
      if (refused.includes(name)) expect(run).toThrow(`the opcode ${name} `);
      else expect(run, name).not.toThrow(/which is refused/);
    }
    expect(() => read('\xff')).toThrow('the byte 0xff, which is no opcode');
  });

  it.each([
    ['objects', fixtureBytes('objects.pkl'), /Python objects \(dtype object\), which is never read/],
    ['an array of another class', latin1('cnumpy\ndtype\n(cnumpy\ndtype\nt\x85R.'), /numpy type/],
    [
      'a type that is a number',
      latin1('cnumpy\ndtype\n(L99999999999999999999L\ntR.'),
      /numpy type 99999999999999999999/,
    ],
    ['a bare name', latin1('cnumpy\ndtype\n.'), /bare name/],
    [
      'an array without content',
      latin1('cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\ntR.'),
      /without content/,
    ],
    ['another encoding', latin1('c_codecs\nencode\n(Vx\nVrot13\ntR.'), /another encoding/],
    ['a call of what is no function', latin1(']]R.'), /calls what is no function/],
    ['a state of a list', latin1('](tb.'), /something else than an array/],
    ['a list that contains itself', latin1(']q\x00h\x00a.'), /contains itself/],
    ['nesting that is too deep', latin1(`${']'.repeat(200)}${'a'.repeat(199)}.`), /nested deeper than 100/],
    ['a value that was never stored', latin1('h\x05.'), /asks for value 5/],
    ['a missing value', latin1('0.'), /mark that is not there/],
    ['a value left over', latin1('NN.'), /more than one value/],
    ['a newer protocol', latin1('\x80\x06N.'), /protocol is 6/],
    ['a key that is a list', latin1('}]Ns.'), /neither text nor a number/],
    ['a number that is code', latin1('I__import__("os")\n.'), /no whole number/],
    ['a number of a million digits', latin1(`I${'9'.repeat(1e6)}\n.`), /no whole number/],
    [
      'a long of a million bytes',
      Buffer.concat([latin1('\x8b\x40\x42\x0f\x00'), Buffer.alloc(1e6, 1)]),
      /1000000 bytes/,
    ],
    ['a length beyond its end', latin1('B\xff\xff\xff\xffx.'), /needs 4294967295 more bytes, but has 2/],
    ['a length of 2^63', latin1('\x8e\x00\x00\x00\x00\x00\x00\x00\x80.'), /more bytes/],
    ['no UTF-8', latin1('\x8c\x01\xff.'), /no UTF-8/],
  ])('refuses %s', (_what, file, message) => {
    expect(() => decodePickle(file, 'x.pkl')).toThrow(message);
    expect(() => decodePickle(file, 'x.pkl')).toThrow(UserError);
  });

  it('refuses an array whose bytes do not fit its shape', () => {
    const batch = fixtureBytes('python2.pkl').toString('latin1');
    expect(() => read(batch.replace('K\x02K\x04', 'K\x02K\x05'))).toThrow(
      /shape \[2, 5\] and type uint8 needs 10 bytes, but has 8/,
    );
    expect(() => read(batch.replace('K\x02K\x04', 'J\xff\xff\xff\xffK\x04'))).toThrow(
      /the shape of an array is \[-1, 4\]/,
    );
  });

  it('obeys the limits: bytes of arrays, and the number of values', () => {
    expect(() => decodePickle(latin1(`(${'N'.repeat(1000)}t.`), 'x', { maxMemory: 6400 })).toThrow(
      /more than 100 values/,
    );
    expect(() => decodePickle(latin1(`${'('.repeat(1000)}N.`), 'x', { maxMemory: 6400 })).toThrow(
      /more than 100 values/,
    );
    const batch = fixtureBytes('python2.pkl');
    expect(() => decodePickle(batch, 'x', { maxMemory: 64 * 7 })).toThrow(UserError);
  });

  it('refuses every file that is cut', () => {
    for (const name of ['protocol0.pkl', 'protocol2.pkl', 'protocol5.pkl', 'python2.pkl']) {
      const whole = fixtureBytes(name);
      for (let length = 0; length < whole.length; length += 3) {
        expect(() => decodePickle(whole.subarray(0, length), 'x')).toThrow(UserError);
      }
    }
  });

  it('answers any change of a byte with a value or a clear error', () => {
    const whole = fixtureBytes('protocol4.pkl');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        try {
          decodePickle(changed, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('refuseUnsafe', () => {
  it.each(['model.pt', 'model.PTH', 'a.pkl', 'a.pickle', 'a.joblib', 'a.ckpt'])(
    'refuses %s with the way to convert',
    (path) => {
      expect(() => refuseUnsafe(path)).toThrow(/is never read.*run code.*(savez|save_file)/);
      expect(() => refuseUnsafe(path)).toThrow(UserError);
    },
  );

  it.each(['a.npz', 'a.csv', 'pt', 'a.pt.npz', 'constructor'])('lets %s pass', (path) => {
    expect(() => refuseUnsafe(path)).not.toThrow();
  });
});
