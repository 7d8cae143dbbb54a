import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studyDataset } from '../../src/data/data-file';
import { computeOf } from '../../src/experiments/block';
import { planStudy } from '../../src/experiments/plan';
import { runStudy } from '../../src/experiments/run-study';
import { shareStudy } from '../../src/experiments/share-study';
import { openStore } from '../../src/experiments/store/store';
import { study, type StudyInput } from '../../src/experiments/study';
import { readStudyResult, type StudyResult } from '../../src/experiments/study-result';
import { openBackend } from '../../src/platform/backend/backend';
import { finishedStudy } from '../../src/platform/cli/finished-study';
import { readStudyFile } from '../../src/studies/registry';

const folder = mkdtempSync(join(tmpdir(), 'share-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const mine = join(folder, 'mine.csv');
const input: StudyInput = {
  ...{
    name: 'shared',
    data: { csv: mine, label: 'class' },
    hidden: [4],
    methods: [{ loss: 'ce' }],
    seeds: [1],
  },
  ...{ epochs: 1, batchSize: 4, milestones: [], attacks: ['loss'] },
};
const there = join(folder, 'there');
let result: StudyResult;

describe('a shared study', () => {
  beforeAll(async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${(i * 37) % 61},${i % 3 === 0 ? 'b' : 'a'}`);
    writeFileSync(mine, `${['u,class', ...rows].join('\n')}\n`);
    const [chosen, store] = [study(input), openStore(join(folder, 'out'))];
    result = await runStudy(chosen, { store, executor: 'local' });
    const data = await studyDataset(chosen.data);
    const compute = computeOf(await openBackend({ threads: 1 }));
    const plan = planStudy(chosen, data, compute);
    const shared = await shareStudy(
      { input, study: chosen, plan, data, compute, store },
      join(folder, 'packed'),
    );
    expect([shared.blocks, shared.missing, shared.processors.length]).toEqual([2, 0, 1]);
    // As on another machine: neither the old place of the data nor the old store is there.
    rmSync(mine);
    rmSync(join(folder, 'out'), { recursive: true });
    renameSync(join(folder, 'packed'), there);
  }, 120_000);

  it('is reported elsewhere, from its folder alone', async () => {
    const reported = await finishedStudy(join(there, 'study.json'), there);
    expect(reported.defenses).toEqual(result.defenses);
    expect(reported.blocks).toEqual({ trained: 0, reused: 2 });
    expect(readStudyResult(join(there, 'result.json')).defenses).toEqual(result.defenses);
  });

  it('is gone on with: nothing is trained again, a new seed is', async () => {
    const unpacked = readStudyFile(join(there, 'study.json'));
    const store = openStore(there);
    const again = await runStudy(study(unpacked), { store, executor: 'local' });
    expect([again.blocks, again.defenses]).toEqual([{ trained: 0, reused: 2 }, result.defenses]);
    const more = await runStudy(study({ ...unpacked, seeds: [1, 2] }), { store, executor: 'local' });
    expect(more.blocks).toEqual({ trained: 2, reused: 2 });
  });

  it('refuses another file in the place of its data', async () => {
    const unpacked = readStudyFile(join(there, 'study.json'));
    writeFileSync(join(there, 'mine.csv'), 'u,class\n1,a\n2,b\n');
    await expect(studyDataset(study(unpacked).data)).rejects.toThrow(/other records than the study says/);
  });
});
