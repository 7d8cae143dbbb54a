import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compactResult } from '../../src/experiments/compact-result';
import { continueStudy, missingRuns } from '../../src/experiments/continue-study';
import { runStudy } from '../../src/experiments/run-study';
import { Store } from '../../src/experiments/store';
import { study } from '../../src/experiments/study';
import type { StudyResult } from '../../src/experiments/study-result';
import { tiny } from '../../src/studies/tiny';

const root = mkdtempSync(join(tmpdir(), 'continue-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const whole = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'] });
const local = (name: string) => ({ store: Store.open(join(root, name)), executor: 'local' }) as const;
const shown = ({ methods, comparisons, settings, verdict, selections }: StudyResult) => ({
  methods,
  comparisons,
  settings,
  verdict,
  selections,
});

describe('a study that goes on where a kept result ends', () => {
  it('trains only what the result lacks, and gives what one run gives', async () => {
    const once = await runStudy(whole, local('once'));
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    expect(missingRuns(whole, first)).toEqual([{ seed: 2, methods: whole.methods }]);
    const kept: StudyResult[] = [];
    const rest = Store.open(join(root, 'rest'));
    const result = await continueStudy(whole, first, {
      store: rest,
      executor: 'local',
      onResult: (each) => kept.push(each),
    });
    expect(shown(result)).toEqual(shown(once));
    expect([result.blocks, kept.length]).toEqual([{ trained: 8, reused: 0 }, 1]);
    // Target and shadow model of two methods: those of the first seed are not there.
    expect(rest.blockIds().length).toBe(4);
    expect(missingRuns(whole, result)).toEqual([]);
    expect(await continueStudy(whole, result, local('nothing'))).toBe(result);
  });

  it('refuses a result of another study, and says what differs', async () => {
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    expect(() => missingRuns({ ...whole, name: 'other' }, first)).toThrow(/is of the study tiny.*other/);
    const slower = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'], learningRate: 0.05 });
    expect(() => missingRuns(slower, first)).toThrow(/has learning rate 0.1 instead of 0.05/);
    const fifths = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'], split: 'fifths' });
    expect(() => missingRuns(fifths, first)).toThrow(/has another split \(four equal parts/);
  });

  it('is kept small: no losses of single records, six digits', async () => {
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    const small = compactResult(first);
    const [run] = small.methods[0].runs;
    expect([run.memberLosses, run.nonMemberLosses]).toEqual([[], []]);
    const full = first.methods[0].runs[0].memberLoss.mean;
    expect(run.memberLoss.mean).toBe(Number(full.toPrecision(6)));
    expect(missingRuns({ ...whole, seeds: [1] }, small)).toEqual([]);
  });
});
