import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dealtUnits } from '../../src/audit/dealt-units';
import { UserError } from '../../src/errors';
import { writeNpz } from '../../src/platform/formats/npz';
import { logSoftmax } from '../../src/signals/log-softmax';
import { readSignals } from '../../src/signals/read-signals';
import { signalNoteText } from '../../src/signals/signal-set';
import { scaledLogits } from '../../src/signals/statistics';
import { encodeNpy } from '../formats/writers';

// What other programs leave behind: each is read, or refused in words that name the cause.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-people-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const npz = async (name: string, arrays: Parameters<typeof writeNpz>[1]): Promise<string> => {
  await writeNpz(join(folder, name), arrays);
  return join(folder, name);
};
const members4 = { shape: [4], data: Uint8Array.of(1, 1, 0, 0) };
const labels4 = { shape: [4], data: Int32Array.of(0, 1, 1, 0) };

describe('tables of spreadsheets and R', () => {
  it.each([
    ['TRUE', 'FALSE'],
    ['T', 'F'],
    ['yes', 'No'],
    ['True', 'false'],
    ['Y', 'n'],
  ])('%s and %s are yes and no', async (yes, no) => {
    const set = await readSignals(
      text('yes.csv', `label,member,logits_0,logits_1\n0,${yes},1,0\n1,${no},0,1\n`),
    );
    expect([...set.members[0]]).toEqual([1, 0]);
  });

  it('other words are refused with those that are known', async () => {
    await expect(
      readSignals(text('wahr.csv', 'label,member,logits_0,logits_1\n0,WAHR,1,0\n')),
    ).rejects.toThrow(
      /members in line 2, column 2, .* is "WAHR", but must be 1 or 0, true or false, yes or no .* in English/,
    );
  });

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('%s between the columns, decimal commas', async (_what, mark) => {
    const rows = ['label member logits_0 logits_1', '0 1 1,5 0,25', '1 0 -0,5 1.75'];
    const set = await readSignals(text('semi.csv', `${rows.join('\n').replaceAll(' ', mark)}\n`));
    expect([...set.model(0).logits]).toEqual([1.5, 0.25, -0.5, 1.75]);
  });

  it('a decimal comma where commas stand between the columns is named', async () => {
    const path = text('comma.csv', 'label,member,logits_0,logits_1\n0,1,"1,5",0\n1,0,0,1\n');
    await expect(readSignals(path)).rejects.toThrow(
      /"1,5", but has a comma where the decimal point must stand/,
    );
  });

  it('100,000 columns are found in time that grows with their number', async () => {
    const columns = 100_000;
    const names = Array.from({ length: columns }, (_, k) => `logits_${k}`).join(',');
    const row = (start: string): string => `${start}${',0.5'.repeat(columns)}`;
    const set = await readSignals(text('wide.csv', `label,member,${names}\n${row('0,1')}\n${row('1,0')}\n`));
    expect(set.classes).toBe(columns);
    // Each of 100,000 unknown columns is not worth a note of its own.
    const odd = await readSignals(
      text(
        'odd.csv',
        `label,member,logits_0,logits_1,${names.replaceAll('logits', 'x')}\n${row('0,1,1,2')}\n${row('1,0,2,1')}\n`,
      ),
    );
    expect(odd.notes).toHaveLength(1);
    expect(signalNoteText(odd.notes![0])).toMatch(/"x_0", .* and 99995 more are no arrays that are used/);
  });

  it('a column `model` that counts rows stops at the limit', async () => {
    const rows = Array.from({ length: 20_000 }, (_, m) => `${m},0,1,1,2`);
    const path = text('models.csv', `model,label,member,logits_0,logits_1\n${rows.join('\n')}\n`);
    const before = process.memoryUsage().arrayBuffers;
    await expect(readSignals(path, { maxMemory: 4e6 })).rejects.toThrow(
      /takes more memory than 4 MB, with \d+ models.*look at the column model/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(6e6);
  });
});

describe('outputs', () => {
  it('minus infinity is the logarithm of probability 0', async () => {
    const logits = {
      shape: [4, 2],
      data: Float64Array.of(0, -Infinity, -1.2, -0.36, -0.1, -2.3, -0.5, -0.93),
    };
    const set = await readSignals(await npz('inf.npz', { logits, labels: labels4, members: members4 }));
    const p = logSoftmax(set.model(0));
    expect(p[0]).toBeCloseTo(0, 12);
    expect(p[1]).toBeCloseTo(Math.log(2 ** -149), 9);
    expect(set.notes).toEqual([
      { code: 'minus infinity', array: expect.stringContaining('logits in '), floor: 2 ** -149, values: 1 },
    ]);
    const csv = await readSignals(
      text('inf.csv', 'label,member,logits_0,logits_1\n0,1,0,-inf\n1,0,-0.5,-0.93\n'),
    );
    expect(csv.notes).toMatchObject([{ code: 'minus infinity', values: 1 }]);
    const rows =
      '[{"label":0,"member":true,"logits":[0,null]},{"label":1,"member":false,"logits":[-0.5,-0.9]}]';
    expect((await readSignals(text('inf.json', rows))).notes).toMatchObject([{ code: 'minus infinity' }]);
    await expect(readSignals(text('nan.json', rows.replace('[0,', '[1,')))).rejects.toThrow(
      /logits in line 1 of .* hold null.*JSON has no infinity/,
    );
  });

  it('what is no number is refused without a word about leaving records out', async () => {
    const logits = { shape: [4, 2], data: Float64Array.of(0, NaN, 1, 2, 3, 4, 5, 6) };
    const reading = readSignals(await npz('nan.npz', { logits, labels: labels4, members: members4 }));
    await expect(reading).rejects.toThrow(/logits\[0, 1\] .*must be a finite number/);
    await expect(reading).rejects.not.toThrow(/leave (it|them|the record|records)/);
  });

  it.each([
    ['[records, 1]', [4, 1]],
    ['[models, records, 1]', [1, 4, 1]],
    ['[models, records]', [1, 4]],
    ['[records]', [4]],
  ])('one output a record, %s, is two classes; labels may be floats', async (_what, shape) => {
    const z = Float32Array.of(2, -1, 0.5, 3);
    const labels = { shape: [4], data: Float32Array.of(1, 0, 0, 1) };
    const set = await readSignals(
      await npz('one.npz', { logits: { shape, data: z }, labels, members: members4 }),
    );
    expect([...set.model(0).logits]).toEqual([0, 2, 0, -1, 0, 0.5, 0, 3]);
    expect([...set.labels]).toEqual([1, 0, 0, 1]);
    expect(set.notes).toMatchObject([{ code: 'one output', kind: 'logit' }]);
    const p = { shape, data: Float64Array.of(0.9, 0.2, 0.5, 0.75) };
    const from = await readSignals(await npz('one-p.npz', { probabilities: p, labels, members: members4 }));
    expect(Math.exp(from.model(0).logits[0])).toBeCloseTo(0.1, 12);
    expect(Math.exp(from.model(0).logits[1])).toBeCloseTo(0.9, 12);
  });

  it('the best answers only: the rest is spread over the others', async () => {
    const probabilities = {
      shape: [4, 3],
      data: Float64Array.of(0.6, 0, 0, 0, 0.7, 0, 0.5, 0.5, 0, 0, 0, 0.9),
    };
    const set = await readSignals(
      await npz('top.npz', { probabilities, labels: labels4, members: members4 }),
    );
    const p = Array.from(set.model(0).logits, Math.exp);
    expect(p.slice(0, 3)).toEqual([0.6, 0.2, 0.2].map((value) => expect.closeTo(value, 12)));
    expect(set.notes).toMatchObject([
      { code: 'raised to floor', values: 1 },
      { code: 'rest spread', rows: 3 },
    ]);
    const wrong = { shape: [4, 3], data: new Float64Array(12).fill(0.2) };
    const reading = readSignals(
      await npz('sum.npz', { probabilities: wrong, labels: labels4, members: members4 }),
    );
    await expect(reading).rejects.toThrow(/the sum of .*only the best k answers are known, store 0/);
  });

  it.each([
    ['two decimals, three classes', 3, [0.33, 0.33, 0.33, 0.5, 0.25, 0.26, 1, 0, 0, 0.2, 0.2, 0.61]],
    ['three decimals, four classes', 4, [0.333, 0.333, 0.333, 0, 0.25, 0.25, 0.25, 0.252]],
    ['two decimals, two classes of four', 2, [0.67, 0.34, 0.12, 0.89]],
  ])('rounded probabilities may miss 1 by their rounding: %s', async (_what, classes, values) => {
    const n = values.length / classes;
    const half = (ones: number[]) => ({
      shape: [n],
      data: Uint8Array.from({ length: n }, (_, i) => ones[i % 2]),
    });
    for (const data of [Float64Array.from(values), Float32Array.from(values)]) {
      const probabilities = { shape: [n, classes], data };
      const arrays = { probabilities, labels: half([0, 1]), members: half([1, 0]) };
      const set = await readSignals(await npz('rounded.npz', arrays));
      expect(set.notes).toContainEqual(
        expect.objectContaining({ code: 'rounded', rows: expect.any(Number) }),
      );
      const p = logSoftmax(set.model(0)).map(Math.exp);
      for (let i = 0; i < n; i++) {
        expect(p.subarray(i * classes, (i + 1) * classes).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      }
    }
    const off = {
      shape: [n, classes],
      data: Float64Array.from(values, (p, at) => (at < classes ? p / 2 : p)),
    };
    await expect(
      readSignals(await npz('off.npz', { probabilities: off, labels: half([0, 1]), members: half([1, 0]) })),
    ).rejects.toThrow(/must sum to 1/);
  });

  it('a record that stands several times on one side counts once', async () => {
    const n = 60;
    const arrays = {
      logits: { shape: [n, 2], data: Float64Array.from({ length: 2 * n }, (_, at) => Math.sin(at)) },
      labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % 2) },
      members: { shape: [n], data: Uint8Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : 0)) },
      record_ids: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => Math.floor(i / 3)) },
    };
    const set = await readSignals(await npz('repeated.npz', arrays));
    expect(dealtUnits(set)).toMatchObject({ members: 10, nonMembers: 10 });
    // A record on both sides says something else, and is noted.
    arrays.record_ids.data[0] = 19;
    expect(dealtUnits(await readSignals(await npz('both.npz', arrays)))).toBeNull();
  });

  it('records of one class are audited within it', async () => {
    const logits = { shape: [4, 2], data: Float32Array.of(1, 0, 2, 0, 0, 1, 3, 0) };
    const labels = { shape: [4], data: new Int32Array(4) };
    const set = await readSignals(await npz('class.npz', { logits, labels, members: members4 }));
    expect(set.notes).toMatchObject([{ code: 'one class', label: 0 }]);
  });
});

describe('files in parts', () => {
  it('..._train and ..._test are joined: members first', async () => {
    const set = await readSignals(
      await npz('sides.npz', {
        logits_train: { shape: [2, 2], data: Float32Array.of(1, 0, 0, 2) },
        logits_test: { shape: [3, 2], data: Float32Array.of(0, 1, 1, 1, 3, 0) },
        labels_train: { shape: [2], data: Int32Array.of(0, 1) },
        labels_test: { shape: [3], data: Int32Array.of(1, 0, 0) },
      }),
    );
    expect([...set.members[0]]).toEqual([1, 1, 0, 0, 0]);
    expect([...set.labels]).toEqual([0, 1, 1, 0, 0]);
    expect([...set.model(0).logits]).toEqual([1, 0, 0, 2, 0, 1, 1, 1, 3, 0]);
    expect(set.notes).toMatchObject([{ code: 'sides joined' }]);
  });

  it.each([
    ['scaled_logits', [2, -1, 0.5, 3]],
    ['loss', [2, -1, 0.5, 3].map((phi) => Math.log1p(Math.exp(-phi)))],
    ['confidence', [2, -1, 0.5, 3].map((phi) => 1 / (1 + Math.exp(-phi)))],
  ])('%s alone', async (name, values) => {
    const two = { shape: [2, 4], data: Float64Array.of(...values, ...values) };
    const members = { shape: [2, 4], data: Uint8Array.of(1, 1, 0, 0, 0, 0, 1, 1) };
    const set = await readSignals(await npz('alone.npz', { [name]: two, members }));
    expect(set.statistic).toBe(name);
    expect([set.models, set.n]).toEqual([2, 4]);
    [2, -1, 0.5, 3].forEach((phi, i) => expect(scaledLogits(set)[i]).toBeCloseTo(phi, 12));
    expect(set.notes).toMatchObject([{ code: 'statistic alone', array: name }]);
  });

  it('the folders of lira-pytorch, with queries', async () => {
    const root = join(folder, 'lira');
    for (const m of [0, 1, 10, 2]) {
      mkdirSync(join(root, String(m)), { recursive: true });
      const scores = Float32Array.from({ length: 8 }, (_, i) => 10 * m + i);
      writeFileSync(join(root, String(m), 'scores.npy'), encodeNpy({ shape: [4, 2], data: scores }));
      const keep = { shape: [4], data: Uint8Array.of(1, m % 2, 0, 1), dtype: 'bool' as const };
      writeFileSync(join(root, String(m), 'keep.npy'), encodeNpy(keep));
    }
    const set = await readSignals(root);
    expect([set.models, set.n, set.statistic, set.augmented!.copies]).toEqual([4, 4, 'scaled_logits', 2]);
    expect([...set.members[1]]).toEqual([1, 1, 0, 1]);
    // In the order of the numbers: the third model is that of folder 2.
    expect([...scaledLogits(set).subarray(8, 12)]).toEqual([20, 22, 24, 26]);
    expect(set.augmented!.model(3)[2]).toBe(101 - 0);
  });

  it('the folders of mi_lira_2021, with labels', async () => {
    const root = join(folder, 'mi');
    for (const m of [0, 1]) {
      const at = join(root, `experiment-${m}_2`);
      mkdirSync(join(at, 'logits'), { recursive: true });
      const logits = Float32Array.from({ length: 4 * 2 * 3 }, (_, i) => Math.sin(i + m));
      for (const step of ['0000000010', '0000000100']) {
        const data = step.endsWith('100') ? logits : new Float32Array(24);
        writeFileSync(join(at, 'logits', `${step}.npy`), encodeNpy({ shape: [4, 1, 2, 3], data }));
      }
      writeFileSync(join(at, 'keep.npy'), encodeNpy({ ...members4, dtype: 'bool' }));
    }
    writeFileSync(join(root, 'y_train.npy'), encodeNpy({ shape: [4], data: Int32Array.of(0, 1, 2, 0) }));
    const set = await readSignals(root);
    expect([set.models, set.n, set.classes, set.augmented!.copies]).toEqual([2, 4, 3, 2]);
    expect(set.model(1).logits[3]).toBeCloseTo(Math.sin(7), 6);
  });
});

describe('names of records', () => {
  it('that stand more than once are counted, with the first and its places', async () => {
    const logits = { shape: [4, 2], data: Float32Array.of(2, 0, 0, 1, 1, 0, 0, 3) };
    const record_ids = { shape: [4], data: Int32Array.of(7, 8, 9, 7) };
    const set = await readSignals(
      await npz('ids.npz', { logits, labels: labels4, members: members4, record_ids }),
    );
    expect(set.notes).toEqual([
      {
        code: 'ids repeated',
        file: join(folder, 'ids.npz'),
        ids: 1,
        first: '7',
        positions: [0, 3],
        onBothSides: 1,
      },
    ]);
    expect(signalNoteText(set.notes![0])).toMatch(/"7" at the records 0, 3; 1 of them are both members and/);
  });

  it('that are bytes and no text are told apart', async () => {
    const file = (name: string, last: number): string => {
      const numbers = { label: [0, 1], member: [1, 0], logits_0: [1, 0], logits_1: [0, 1] };
      const schema: SchemaElement[] = [
        { name: 'root', num_children: 5 },
        { name: 'record_id', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
        ...Object.keys(numbers).map((key) => ({
          name: key,
          type: 'INT32' as const,
          repetition_type: 'REQUIRED' as const,
        })),
      ];
      const columnData = [
        { name: 'record_id', data: [0xff, 0xfe].map((byte) => Uint8Array.of(byte, last)) },
        ...Object.entries(numbers).map(([key, data]) => ({ name: key, data })),
      ];
      writeFileSync(join(folder, name), new Uint8Array(parquetWriteBuffer({ columnData, schema })));
      return join(folder, name);
    };
    const reading = readSignals([file('a.parquet', 0xfd), file('b.parquet', 0xfc)]);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(/record_ids\[0\] of 0xfffd and 0xfffc/);
  });
});
