import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetDefinition } from '../../src/data/dataset';
import { studyDataFrom, studyDataset } from '../../src/data/data-file';
import { loadDataset } from '../../src/data/load-dataset';
import { scaleByTrain } from '../../src/data/scaling';
import { computeOf } from '../../src/experiments/block';
import { blockData } from '../../src/experiments/block-data';
import { continueStudyFile } from '../../src/experiments/continue-study';
import { WorkerProcess } from '../../src/experiments/executors/worker-process';
import { planStudy } from '../../src/experiments/plan';
import { runStudy } from '../../src/experiments/run-study';
import { openStore, type Store } from '../../src/experiments/store/store';
import { study, type StudyInput } from '../../src/experiments/study';
import type { StudyResult } from '../../src/experiments/study-result';
import { projectRoot } from '../../src/paths';
import { openBackend, type Backend } from '../../src/platform/backend/backend';
import { writeNpz } from '../../src/platform/formats/npz';
import { settingsSection } from '../../src/report/sections';
import { readStudyFile } from '../../src/studies/registry';
import { markedBlocks } from '../docs/blocks';
import { writeParquet } from '../formats/writers';

const folder = mkdtempSync(join(tmpdir(), 'own-data-'));
const inFolder = (name: string, text: string): string => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const records = 48;
/** Ages that no small set of records has the mean and deviation of, a town, zeros and ones, and a class of text. */
const row = (i: number, age = 20 + ((i * 37) % 61)): string =>
  `${age},${['Oslo', 'Bonn', 'Rome'][i % 3]},${Number(i % 5 === 0)},${i % 2 === 0 ? 'no' : 'ill'}`;
const table = (changed = (i: number): string => row(i)): string =>
  `${['age,town,smokes,class', ...Array.from({ length: records }, (_, i) => changed(i))].join('\n')}\n`;

const rest = {
  ...{ name: 'own', hidden: [4], methods: [{ loss: 'ce' }], seeds: [1], epochs: 1, batchSize: 8 },
  ...{ milestones: [], attacks: ['loss'] },
} satisfies StudyInput;
const studyText = JSON.stringify({ ...rest, data: { csv: '../data/mine.csv', label: 'class' } });

let backend: Backend;
let file: string;
let csv: string;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
  csv = inFolder('data/mine.csv', table());
  file = inFolder('studies/own.json', studyText);
});
const planOf = async (input: StudyInput) => {
  const chosen = study(input);
  return planStudy(chosen, await studyDataset(chosen.data), computeOf(backend));
};
const idsOf = async (data: StudyInput['data']): Promise<string[]> =>
  (await planOf({ ...rest, data })).blocks.map(({ id }) => id);

describe('a study of a file of one’s own', () => {
  let store: Store;
  let result: StudyResult;
  beforeAll(async () => {
    store = openStore(join(folder, 'out'));
    result = await runStudy(study(readStudyFile(file)), { store, executor: 'local' });
  });

  it('is trained from its JSON file, whose folder paths count from, and says what was made of the records', () => {
    expect(result.data).toMatchObject({ name: 'mine', records, features: 5, classes: 2 });
    expect(result.data.file).toEqual({
      ...{
        file: 'mine.csv',
        label: 'class',
        classNames: ['ill', 'no'],
        scaling: 'standard',
        scaledColumns: 1,
      },
    });
    const page = settingsSection(result);
    for (const words of ['mine.csv', 'of class, sorted: 0 ill, 1 no', '1 column of numbers to mean 0'])
      expect(page).toContain(words);
  });

  it('is reused as long as the records are the same, wherever they lie and in whatever format', async () => {
    const again = await runStudy(study({ ...rest, data: { csv, label: 'class' } }), {
      store,
      executor: 'local',
    });
    expect(again.blocks).toEqual({ trained: 0, reused: 2 });
    const ids = await idsOf({ csv, label: 'class' });
    const moved = inFolder('elsewhere/mine.txt', table().replace(/,/g, ';'));
    expect(await idsOf({ csv: moved, label: 'class', delimiter: ';' })).toEqual(ids);
    const parquet = join(folder, 'mine.parquet');
    const cells = table()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    await writeParquet(parquet, {
      age: Float64Array.from(cells, ([age]) => Number(age)),
      town: cells.map(([, town]) => town),
      smokes: Int32Array.from(cells, ([, , smokes]) => Number(smokes)),
      class: cells.map((cell) => cell[3]),
    });
    expect(await idsOf({ parquet, label: 'class' })).toEqual(ids);
    const { x, y } = await studyDataset({ csv, label: 'class' });
    const npz = join(folder, 'mine.npz');
    await writeNpz(npz, { x: { shape: [records, 5], data: x }, class: { shape: [records], data: y } });
    expect(await idsOf({ npz, label: 'class' })).toEqual(ids);
    expect(await idsOf({ npz, label: 'class', scaling: 'none' })).not.toEqual(ids);
    const other = inFolder(
      'other/mine.csv',
      table((i) => (i === 7 ? row(i, 99) : row(i))),
    );
    expect(await idsOf({ csv: other, label: 'class' })).not.toEqual(ids);
  });

  it('scales numbers by the training records of each model alone', async () => {
    const [{ spec }] = (await planOf({ ...rest, data: { csv, label: 'class' } })).blocks;
    const plain = await studyDataset({ csv, label: 'class' });
    const { recordsOf, take } = blockData(spec, plain);
    for (const role of ['target', 'shadow'] as const) {
      const own = recordsOf({ role, index: 0 });
      const ages = Array.from(own.members, (record) => plain.x[record * 5]);
      const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
      const deviation = Math.sqrt(ages.reduce((sum, age) => sum + (age - mean) ** 2, 0) / ages.length);
      const { x, y } = take(own.nonMembers, own);
      own.nonMembers.forEach((record, i) => {
        expect(x[i * 5]).toBeCloseTo((plain.x[record * 5] - mean) / deviation, 5);
        expect([...x.subarray(i * 5 + 1, i * 5 + 5)]).toEqual([
          ...plain.x.subarray(record * 5 + 1, record * 5 + 5),
        ]);
        expect(y[i]).toBe(plain.y[record]);
      });
      const [scaled] = [scaleByTrain(plain, own.members, plain.scaling)];
      expect([...x]).toEqual(
        Array.from(own.nonMembers).flatMap((r) => [...scaled.x.subarray(r * 5, r * 5 + 5)]),
      );
    }
  });

  it('is not gone on with when the file has changed: neither in a worker nor in a kept result', async () => {
    const changing = inFolder('changing/mine.csv', table());
    const input: StudyInput = { ...rest, data: { csv: changing, label: 'class' } };
    const [block] = (await planOf(input)).blocks;
    const kept = inFolder('kept.json', `${JSON.stringify(result)}\n`);
    inFolder(
      'changing/mine.csv',
      table((i) => (i === 7 ? row(i, 99) : row(i))),
    );
    const worker = new WorkerProcess();
    try {
      await worker.open(1);
      await expect(worker.pace(block, 1)).rejects.toThrow(
        /mine\.csv has other records than the plan of this study says: their SHA-256 is [0-9a-f]{64}, but/,
      );
    } finally {
      worker.close();
    }
    const more = study({ ...input, seeds: [1, 2] });
    await expect(continueStudyFile(more, kept, { store, executor: 'local' })).rejects.toThrow(
      /other records/,
    );
  });
});

describe('data of a study', () => {
  const load = (text: string, more: Record<string, unknown> = {}) =>
    studyDataset(studyDataFrom({ csv: inFolder('wrong.csv', text), label: 'class', ...more }));

  it.each<[string, () => unknown, RegExp]>([
    ['no file', () => studyDataFrom({ label: 'class' }), /must name one file, as csv, parquet, npz/],
    ['two files', () => studyDataFrom({ csv: 'a', npz: 'b', label: 'y' }), /must name one file/],
    [
      'no label',
      () => studyDataFrom({ csv: 'a.csv' }),
      /the label of a\.csv is undefined, but must name the column that holds the classes/,
    ],
    [
      'a slip',
      () => studyDataFrom({ csv: 'a.csv', lable: 'y' }),
      /"lable" is no option of data of the study\. Did you mean "label"/,
    ],
    ['a path alone', () => studyDataFrom('mine.csv'), /Write \{ "csv": "mine.csv", "label": "COLUMN" \}/],
    [
      'an unknown name',
      () => study({ ...rest, data: 'location3' as 'location30' }),
      /"location3" is no data set\. Did you mean "location30"/,
    ],
    [
      'no such file',
      () => studyDataset(studyDataFrom({ csv: join(folder, 'none.csv'), label: 'y' })),
      /none\.csv/,
    ],
    ['no such column', () => load('age,ill\n1,a\n2,b\n'), /"class" is no column .*Known: age, ill/],
    ['one class only', () => load('age,class\n1,a\n2,a\n'), /at least 2 classes are needed/],
    ['a missing value', () => load('age,class\n1,a\n,b\n'), /row 2, column "age" is empty: a missing value/],
    [
      'a missing class',
      () => load('age,class\n1,a\n2,\n'),
      /row 2, column "class" is empty: a missing value/,
    ],
    [
      'another checksum',
      () => load('age,class\n1,a\n2,b\n', { sha256: '0'.repeat(64) }),
      /wrong\.csv has other records than the study says/,
    ],
  ])('refuses %s', async (_what, work, message) => {
    await expect((async () => work())()).rejects.toThrow(message);
  });

  it('with the checksum that it has is read', async () => {
    const text = 'age,class\n1,a\n2,b\n';
    const { sha256 } = await load(text);
    expect((await load(text, { sha256 })).records).toBe(2);
  });
});

it('the guide’s entry of the registry reads a table, and its numbers are scaled', async () => {
  const block = markedBlocks().find(({ place }) => place === 'src/data/wine.ts')!;
  const place = join(projectRoot, 'test-artifacts', `wine-${process.pid}.ts`);
  mkdirSync(join(place, '..'), { recursive: true });
  try {
    writeFileSync(place, block.code.replaceAll("from './", `from '${projectRoot}/src/data/`));
    const { wine } = (await import(/* @vite-ignore */ place)) as { wine: DatasetDefinition };
    inFolder('wine/winequality-red.csv', 'acidity;alcohol;quality\n7.4;9.4;5\n7.8;9.8;6\n11.2;9.8;5\n');
    const loaded = await loadDataset(
      { ...wine, size: 'any', facts: { ...wine.facts, features: 2 } },
      { dataDir: folder },
    );
    expect([loaded.records, loaded.classNames, loaded.scaling]).toEqual([
      ...[3, ['5', '6'], { kind: 'standard', columns: [0, 1] }],
    ]);
  } finally {
    rmSync(place, { force: true });
  }
});
