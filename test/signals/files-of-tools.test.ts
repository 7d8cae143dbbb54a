import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attack } from '../../src/attacks/registry';
import { auditWith } from '../../src/audit/audit';
import { writeNpz } from '../../src/platform/formats/npz';
import type { NumericData } from '../../src/platform/formats/raw-values';
import { randomStream } from '../../src/platform/math/random';
import { auditReportHtml } from '../../src/report/audit-report';
import { verdictWords } from '../../src/report/audit-words';
import { readSignals } from '../../src/signals/read-signals';
import { signalNoteText } from '../../src/signals/signal-set';
import { scaledLogits, trueClassProbabilities } from '../../src/signals/statistics';
import { encodeNpy } from '../formats/writers';

// Folders of other tools, arrays under other names, tables of pandas, and files without labels.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-tools-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const npy = (name: string, shape: number[], data: NumericData): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), encodeNpy({ shape, data }));
};
const npz = async (name: string, arrays: Parameters<typeof writeNpz>[1]): Promise<string> => {
  await writeNpz(join(folder, name), arrays);
  return join(folder, name);
};
const logits = [0, 1, 2, 0, -1, 3, 0.5, 0.25];

describe('folders of tools', () => {
  it("ML Privacy Meter's signals: records first, more memberships than models, a population", async () => {
    npy('meter/signals/rmia_signals.npy', [4, 2], Float32Array.of(0.75, 0.5, 0.25, 0.5, 0.5, 0.75, 0.9, 0.1));
    npy('meter/signals/rmia_signals_pop.npy', [3, 2], Float32Array.of(0.5, 0.25, 0.5, 0.25, 0.75, 0.25));
    npy('meter/models/memberships.npy', [3, 4], Uint8Array.of(1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1));
    const set = await readSignals(join(folder, 'meter'));
    expect(set).toMatchObject({ models: 2, n: 4, statistic: 'confidence', population: { n: 3 } });
    expect(set.members.map((row) => [...row])).toEqual([
      [1, 0, 1, 0],
      [0, 1, 0, 1],
    ]);
    const p = trueClassProbabilities(set);
    [0.75, 0.25, 0.5, 0.9, 0.5, 0.5, 0.75, 0.1].forEach((value, i) => expect(p[i]).toBeCloseTo(value, 6));
    expect(set.files![0].bytes).toBeGreaterThan(200);
    npy('meter/models/memberships.npy', [3, 5], new Uint8Array(15));
    await expect(readSignals(join(folder, 'meter'))).rejects.toThrow(/store the memberships of that part/);
  });

  it("LeakPro's logits, the target first, rows in the order of its indices; memberships have to be put beside", async () => {
    npy('leakpro/target_9f_logits.npy', [4, 2], Float32Array.from(logits));
    npy('leakpro/target_9f_indices.npy', [4], Int32Array.of(7, 5, 3, 9));
    npy('leakpro/sm_10_4_logits.npy', [4, 2], new Float32Array(8));
    npy('leakpro/sm_2_4_logits.npy', [4, 2], Float32Array.of(9, 9, 3, 3, 5, 5, 7, 7));
    npy('leakpro/sm_2_4_indices.npy', [4], Int32Array.of(9, 3, 5, 7));
    const reading = readSignals(join(folder, 'leakpro'));
    await expect(reading).rejects.toThrow(/no array members\.npy.* keeps who was trained on what in pickles/);
    npy('leakpro/members.npy', [3, 4], Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0));
    npy('leakpro/labels.npy', [4], Int32Array.of(0, 1, 1, 0));
    const set = await readSignals(join(folder, 'leakpro'));
    expect(set.models).toBe(3);
    expect([...set.model(0).logits]).toEqual(logits);
    expect([...set.model(1).logits]).toEqual([7, 7, 5, 5, 3, 3, 9, 9]);
    expect([...set.model(2).logits]).toEqual(new Array(8).fill(0));
  });
});

describe('other names and forms', () => {
  it.each(['log_probabilities', 'log_probs', 'log_proba', 'logprobs'])('%s are logits', async (name) => {
    const data = Float64Array.of(Math.log(0.25), Math.log(0.75), 0, -Infinity);
    const path = join(folder, `${name}.npz`);
    await writeNpz(path, {
      [name]: { shape: [2, 2], data },
      labels: { shape: [2], data: Int32Array.of(1, 0) },
      members: { shape: [2], data: Uint8Array.of(1, 0) },
    });
    const set = await readSignals(path);
    expect(trueClassProbabilities(set)[0]).toBeCloseTo(0.75, 12);
    expect(set.notes).toMatchObject([
      { code: 'other name', array: name, as: 'logits' },
      { code: 'minus infinity' },
    ]);
  });

  it('arrays under other names are read, and named; columns of ones count as lists; floats may be 0 and 1', async () => {
    const path = await npz('names.npz', {
      logits: { shape: [4, 2], data: Float32Array.from(logits) },
      y: { shape: [4, 1], data: Float64Array.of(0, 1, 1, 0) },
      membership: { shape: [4, 1], data: Float64Array.of(1, 1, 0, 0) },
    });
    const set = await readSignals(path);
    expect([...set.labels, ...set.members[0]]).toEqual([0, 1, 1, 0, 1, 1, 0, 0]);
    expect(set.notes!.map(signalNoteText).join()).toMatch(
      /"y" was read as labels.*"membership" was read as members/,
    );
  });

  it.each(['train_%, test_%', '%_members, %_nonmembers'])('the two sides as %s', async (form) => {
    const [first, second] = form.split(', ');
    const half = (data: number[], width: number[]) => ({
      shape: [2, ...width],
      data: Float32Array.from(data),
    });
    const path = await npz('sides.npz', {
      [first.replace('%', 'logits')]: half(logits.slice(0, 4), [2]),
      [second.replace('%', 'logits')]: half(logits.slice(4), [2]),
      [first.replace('%', 'labels')]: half([0, 1], []),
      [second.replace('%', 'labels')]: half([1, 0], []),
    });
    const set = await readSignals(path);
    expect([...set.model(0).logits]).toEqual(logits);
    expect([...set.members[0]]).toEqual([1, 1, 0, 0]);
  });

  it.each([
    [
      'columns',
      '{"y":{"0":0,"1":1},"member":{"0":true,"1":false},"prob_0":{"0":0.5,"1":0.2},"prob_1":{"0":0.5,"1":0.8}}',
    ],
    ['lists', '{"label":[0,1],"member":[1,0],"prob_0":[0.5,0.2],"prob_1":[0.5,0.8]}'],
    [
      'split',
      '{"columns":["label","member","prob_0","prob_1"],"index":[0,1],"data":[[0,1,0.5,0.5],[1,0,0.2,0.8]]}',
    ],
  ])('a table that pandas wrote as %s', async (_name, content) => {
    const set = await readSignals(text('pandas.json', content));
    expect([...set.labels, ...set.members[0]]).toEqual([0, 1, 1, 0]);
    expect(scaledLogits(set)[1]).toBeCloseTo(Math.log(4), 12);
  });

  it('JSON Lines, the -Infinity of Python, and the dots of R', async () => {
    const rows = [
      '{"label":0,"member":true,"logits":[0,-Infinity]}',
      '{"label":1,"member":false,"logits":[-1,-0.4]}',
    ];
    const set = await readSignals(text('rows.jsonl', `${rows.join('\n')}\n`));
    expect(set.notes).toMatchObject([{ code: 'minus infinity', values: 1 }]);
    const object = '{"logits":[[0,-Infinity],[-1,-0.4]],"labels":[0,1],"members":[1,0]}';
    expect((await readSignals(text('inf.json', object))).notes).toMatchObject([{ code: 'minus infinity' }]);
    const r = await readSignals(
      text('r.csv', '"","y","member","prob.0","prob.1"\n"1",0,TRUE,0.5,0.5\n"2",1,FALSE,0.2,0.8\n'),
    );
    expect(r.classes).toBe(2);
  });
});

describe('without labels', () => {
  const noise = randomStream({ seed: 4, role: 'evaluation', purpose: 'noise' });
  const [models, n, k] = [4, 400, 3];
  const members = Uint8Array.from({ length: models * n }, () => noise.below(2));
  const outputs = Float32Array.from({ length: models * n * k }, (_, at) => {
    const record = Math.floor(at / k);
    return noise.uniform() + (at % k === record % k ? 1 + 2 * members[record] : 0);
  });
  const arrays = {
    logits: { shape: [models, n, k], data: outputs },
    members: { shape: [models, n], data: members, dtype: 'bool' as const },
  };
  const attacks = ['loss', 'entropy', 'max-confidence', 'rmia'].map((name) => attack(name as 'loss'));
  const selfCheck = { passed: true, items: [] };

  it('the attacks that need none run; what needs labels says so or is left out', async () => {
    const set = await readSignals(await npz('unlabeled.npz', arrays));
    expect(set.unlabeled).toBe(true);
    expect(set.notes).toMatchObject([{ code: 'no labels' }]);
    const { result } = auditWith(set, { attacks, selfCheck });
    expect(result.attacks.map(({ name }) => name)).toEqual(['entropy', 'max-confidence']);
    expect(result.notRun[0].reason).toContain('needs the true class');
    expect(result.accuracy).toBeNull();
    expect(result.exposed![0].label).toBeNull();
    expect(result.shift.tests.map(({ name }) => name)).toEqual([
      'membership against the confidence of reference models',
    ]);
    const { headline, sentences } = verdictWords(result);
    expect(headline).toContain('leak');
    expect(sentences.join(' ')).not.toContain('right on');
    expect(await auditReportHtml(result)).not.toContain('accuracy 0');
  });

  it('labels of the target stand in for files without', async () => {
    const one = { ...arrays, logits: { shape: [n, k], data: outputs.slice(0, n * k) } };
    const target = await npz('labeled.npz', {
      ...one,
      members: { shape: [n], data: members.slice(0, n) },
      labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % k) },
    });
    const others = await npz('others.npz', {
      logits: { shape: [3, n, k], data: outputs.slice(n * k) },
      members: { shape: [3, n], data: members.slice(n) },
    });
    const set = await readSignals([target, others]);
    expect(set.unlabeled).toBeUndefined();
    expect(set.notes!.map(({ code }) => code)).toContain('labels of another file');
    expect([...set.labels.subarray(0, 4)]).toEqual([0, 1, 2, 0]);
  });
});
