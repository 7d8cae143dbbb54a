import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import type { NumericData } from '../../src/platform/formats/raw-values';
import { writeNpz } from '../../src/platform/formats/npz';
import { projectRoot } from '../../src/paths';
import { logSoftmax } from '../../src/signals/log-softmax';
import { readSignals } from '../../src/signals/read-signals';
import type { SignalSet } from '../../src/signals/signal-set';
import { writeParquet } from '../formats/writers';

// The files were written by numpy (test/fixtures/signals/make-signals.py); expected.json has the same numbers.
const fixtures = join(projectRoot, 'test', 'fixtures', 'signals');
const file = (name: string): string => join(fixtures, name);
interface Expected {
  readonly logits: number[][][];
  readonly labels: number[];
  readonly members: boolean[][];
  readonly augmented: number[][][][];
  readonly population_logits: number[][][];
  readonly population_labels: number[];
  readonly groups: string[];
  readonly gradient_norms: number[][][];
  readonly trajectory: number[][][];
  readonly canaries: boolean[];
}
const expected = JSON.parse(readFileSync(file('expected.json'), 'utf8')) as Expected;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-read-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectOutputs(set: SignalSet, models: readonly number[], digits = 12): void {
  expect([set.models, set.n, set.classes]).toEqual([models.length, 6, 3]);
  expect([...set.labels]).toEqual(expected.labels);
  models.forEach((m, row) => {
    const { logits, members } = set.model(row);
    expect([...members]).toEqual(expected.members[m].map(Number));
    const wanted = expected.logits[m].flat();
    wanted.forEach((value, i) => expect(logits[i]).toBeCloseTo(value, digits));
    expect(logits.length).toBe(wanted.length);
  });
}

function expectEverything(set: SignalSet): void {
  expectOutputs(set, [0, 1, 2]);
  for (const m of [0, 1, 2]) {
    expect([...set.augmented!.model(m)]).toEqual(expected.augmented[m].flat(2));
    expect([...set.population!.model(m)]).toEqual(expected.population_logits[m].flat());
  }
  expect(set.augmented!.copies).toBe(2);
  expect([...set.population!.labels]).toEqual(expected.population_labels);
  expect(set.groups).toEqual(expected.groups);
  expect([...set.gradientNorms!.values]).toEqual(expected.gradient_norms[set.target].flat());
  expect([...set.trajectory!.logits]).toEqual(expected.trajectory.flat(2));
  expect([...set.canaries!]).toEqual(expected.canaries.map(Number));
  expect(set.randomizedMembership).toBe(true);
  expect(set.notes).toEqual([]);
}

describe('readSignals', () => {
  it.each(['all.npz', 'compressed.npz', 'expected.json'])('reads every array of %s', async (name) => {
    expectEverything(await readSignals(file(name)));
    expectEverything(await readSignals(file(name), { target: 2 }));
  });

  it('gives the same from a temporary file as from memory', async () => {
    expectEverything(await readSignals(file('all.npz'), { spillAbove: 100 }));
  });

  it('reads other types, byte orders and layouts', async () => {
    expectOutputs(await readSignals(file('other-types.npz')), [0, 1, 2]);
    expectOutputs(await readSignals(file('half.npz')), [0, 1, 2], 2);
    expectOutputs(await readSignals(file('one-model.npz')), [0]);
    expectOutputs(await readSignals(file('npy')), [0, 1, 2]);
  });

  it('reads a table with one row for each model and record', async () => {
    const set = await readSignals(file('rows.csv'));
    expectOutputs(set, [0, 1, 2]);
    expect(set.groups).toEqual(expected.groups);
    expect([...set.population!.labels]).toEqual(expected.population_labels);
    for (const m of [0, 1, 2]) {
      expect([...set.population!.model(m)]).toEqual(expected.population_logits[m].flat());
    }
  });

  it('reads Parquet, with numbered columns or a column of lists', async () => {
    const all = [0, 1, 2].flatMap((m) => expected.labels.map((label, i) => ({ m, i, label })));
    const common = {
      model: Int32Array.from(all, ({ m }) => m),
      label: Int32Array.from(all, ({ label }) => label),
      member: all.map(({ m, i }) => expected.members[m][i]),
      group: all.map(({ i }) => expected.groups[i]),
    };
    const numbered = [0, 1, 2].map((k) => [
      `logits_${k}`,
      Float64Array.from(all, ({ m, i }) => expected.logits[m][i][k]),
    ]);
    const lists = { logits: all.map(({ m, i }) => expected.logits[m][i]) };
    for (const columns of [
      { ...common, ...Object.fromEntries(numbered) },
      { ...common, ...lists },
    ]) {
      const path = join(folder, 'rows.parquet');
      await writeParquet(path, columns);
      const set = await readSignals(path);
      expectOutputs(set, [0, 1, 2]);
      expect(set.groups).toEqual(expected.groups);
    }
  });

  it('reads a list of rows as JSON', async () => {
    const rows = expected.labels.map((label, i) => ({
      label,
      member: expected.members[0][i],
      logits: expected.logits[0][i],
    }));
    const path = join(folder, 'rows.json');
    writeFileSync(path, JSON.stringify(rows));
    expectOutputs(await readSignals(path), [0]);
  });

  it('turns probabilities into log-probabilities', async () => {
    const set = await readSignals(file('probabilities.npz'));
    const { n, classes, logits } = set.model(1);
    const wanted = logSoftmax({ n, classes, logits: Float64Array.from(expected.logits[1].flat()) });
    wanted.forEach((value, i) => expect(logits[i]).toBeCloseTo(value, 12));
  });

  it('tells size and checksum of each file', async () => {
    const { files } = await readSignals(file('all.npz'));
    expect(files![0].bytes).toBe(readFileSync(file('all.npz')).length);
    expect(files![0].sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('several files', () => {
  it('are joined, the models in order', async () => {
    const set = await readSignals([file('one-model.npz'), file('last-two.npz')], { target: 2 });
    expectOutputs(set, [0, 1, 2]);
    expect(set.target).toBe(2);
    expect(set.notes).toContainEqual({ code: 'records compared by labels only' });
  });

  const other = async (change: Record<string, { shape: number[]; data: NumericData }>): Promise<string> => {
    const path = join(folder, 'other.npz');
    await writeNpz(path, { ...small(), ...change });
    return path;
  };
  it.each([
    [
      'another label',
      { labels: { shape: [6], data: Int32Array.of(0, 1, 2, 0, 2, 2) } },
      'labels[4] of 1 and 2',
    ],
    ['another number of records', smaller(), '6 and 5 records'],
    [
      'copies that the first lacks',
      { augmented: { shape: [1, 6, 1, 3], data: new Float32Array(18) } },
      'augmented',
    ],
  ])('are refused with %s', async (_what, change, message) => {
    const path = await other(change as never);
    const reading = readSignals([file('one-model.npz'), path]);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
  });

  it('are refused when one is given twice', async () => {
    await expect(readSignals([file('all.npz'), file('all.npz')])).rejects.toThrow('was given twice');
  });
});

/** One model on six records. */
function small(): Record<string, { shape: number[]; data: NumericData; dtype?: 'bool' | 'float32' }> {
  return {
    logits: { shape: [1, 6, 3], data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i) * 4) },
    labels: { shape: [6], data: Int32Array.of(0, 1, 2, 0, 1, 2) },
    members: { shape: [1, 6], data: Uint8Array.of(1, 0, 1, 0, 1, 0) },
  };
}
function smaller(): Record<string, { shape: number[]; data: NumericData }> {
  return {
    logits: { shape: [1, 5, 3], data: new Float32Array(15).map((_, i) => i) },
    labels: { shape: [5], data: Int32Array.of(0, 1, 2, 0, 1) },
    members: { shape: [1, 5], data: Uint8Array.of(1, 0, 1, 0, 1) },
  };
}

describe('a wrong file', () => {
  const f32 = (length: number, fill = 0): Float32Array => new Float32Array(length).fill(fill);
  const cases: readonly [string, Record<string, unknown>, string][] = [
    ['no outputs', { logits: undefined }, 'has no array logits (or probabilities)'],
    ['a flat array', { logits: { shape: [18], data: f32(18) } }, 'the shape of logits'],
    ['no classes', { logits: { shape: [6, 0], data: f32(0) } }, 'must be at least 2'],
    [
      'labels beyond the two classes of one output',
      { logits: { shape: [6, 1], data: f32(6) } },
      'labels[2] in',
    ],
    ['a short members', { members: { shape: [5], data: f32(5) } }, 'the shape of members'],
    [
      'members of another M',
      { members: { shape: [2, 6], data: new Uint8Array(12) } },
      '[models, records] = [1, 6]',
    ],
    [
      'a membership of one half',
      { members: { shape: [6], data: Float32Array.of(1, 0, 1, 0, 0.5, 0) } },
      'members[4] in',
    ],
    [
      'a membership of 2',
      { members: { shape: [6], data: Uint8Array.of(1, 0, 1, 0, 2, 0) } },
      'members[4] in',
    ],
    ['no members', { members: { shape: [6], data: new Uint8Array(6) } }, 'both members and non-members'],
    [
      'labels that are no whole numbers',
      { labels: { shape: [6], data: f32(6, 0.5) } },
      'labels must be integers',
    ],
    ['a label beyond', { labels: { shape: [6], data: Int32Array.of(0, 1, 2, 3, 1, 2) } }, 'labels[3] in'],
    ['a NaN', { logits: { shape: [1, 6, 3], data: f32(18).fill(NaN, 16, 17) } }, 'logits[0, 5, 1] in'],
    [
      'probabilities under the name of logits',
      {
        logits: { shape: [1, 6, 3], data: Float32Array.from({ length: 18 }, (_, i) => (i % 3 ? 0.25 : 0.5)) },
      },
      'these are probabilities, not logits',
    ],
    [
      'probabilities that do not sum to 1',
      { logits: undefined, probabilities: { shape: [1, 6, 3], data: f32(18, 0.31) } },
      'the sum of probabilities[0, 0] in',
    ],
    [
      'copies of other records',
      { augmented: { shape: [1, 5, 2, 3], data: f32(30) } },
      '[models, records, copies, classes] = [1, 6, copies, 3]',
    ],
    [
      'a population without labels',
      { population_logits: { shape: [1, 2, 3], data: f32(6) } },
      'has no array population_labels',
    ],
    [
      'population labels of another length',
      {
        population_logits: { shape: [1, 2, 3], data: f32(6) },
        population_labels: { shape: [3], data: new Int32Array(3) },
      },
      'the shape of population_labels',
    ],
  ];
  it.each(cases)('with %s is refused', async (_what, change, message) => {
    const path = join(folder, 'wrong.npz');
    const arrays = Object.entries({ ...small(), ...change }).filter(([, value]) => value !== undefined);
    await writeNpz(path, Object.fromEntries(arrays) as never);
    const reading = readSignals(path);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow('wrong.npz');
  });

  it('of a target that is not there is refused', async () => {
    await expect(readSignals(file('all.npz'), { target: 3 })).rejects.toThrow('whole number in 0 .. 2');
    await expect(readSignals(file('all.npz'), { target: -1 })).rejects.toThrow('target is -1');
  });

  const texts: readonly [string, string, string][] = [
    ['a.csv', 'label,member,logits_0,logits_1\n0,1,1\n', 'has 3 values, but there are 4 columns'],
    ['b.csv', 'label,member,logits_0,logits_1\n0,1,1,x\n', 'logits in line 2, column 4'],
    ['c.csv', 'label,member,logits_0,logits_2\n0,1,1,2\n', 'without gaps or repetitions'],
    ['d.csv', 'label,logits_0,logits_1\n0,1,2\n', 'has no column member'],
    ['e.csv', '', 'is empty'],
    [
      'f.csv',
      'model,label,member,logits_0,logits_1\n0,0,1,1,2\n0,1,0,1,2\n1,1,0,1,2\n',
      '1 rows of model 1, but 2',
    ],
    ['g.csv', 'label,member,logits_0,logits_1\n0.5,1,1,2\n1,0,3,1\n', 'labels must be integers'],
    ['h.json', '{"logits": [[1, NaN]]}', 'is no JSON'],
    ['i.json', '{"logits": [[1, 2], [3]], "labels": [0, 1], "members": [0, 1]}', 'logits[1] in'],
    ['j.json', '"text"', 'neither an object of arrays nor a list of rows'],
    ['k.xyz', 'text', 'is of no kind that signals are read from'],
    ['l.pt', 'text', 'l.pt'],
  ];
  it.each(texts)('%s is refused with the place', async (name, content, message) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const reading = readSignals(path);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
  });

  it('that is not there is said to be so', async () => {
    await expect(readSignals(join(folder, 'none.npz'))).rejects.toThrow('There is no file');
  });
});
