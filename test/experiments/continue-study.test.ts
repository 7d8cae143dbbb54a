import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  compactResult,
  continueStudy,
  continueStudyFile,
  missingUnits,
} from '../../src/experiments/continue-study';
import { Interrupted } from '../../src/errors';
import { readStudyResult, type StudyResult } from '../../src/experiments/study-result';
import { runStudy } from '../../src/experiments/run-study';
import { Store } from '../../src/experiments/store/store';
import { study } from '../../src/experiments/study';
import { tiny } from '../../src/studies/small';
import { studyVerdictWords } from '../../src/wording';

const root = mkdtempSync(join(tmpdir(), 'continue-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const whole = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'] });
const local = (name: string) => ({ store: Store.open(join(root, name)), executor: 'local' }) as const;
const shown = ({ defenses, comparisons, settings, selections }: StudyResult) => ({
  defenses,
  comparisons,
  settings,
  selections,
});

describe('a study that goes on where a kept result ends', () => {
  it('trains only what the result lacks, and gives what one run gives', async () => {
    const once = await runStudy(whole, local('once'));
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    expect(missingUnits(whole, first)).toEqual(whole.defenses.map((defense) => ({ defense, seed: 2 })));
    const kept: StudyResult[] = [];
    const rest = Store.open(join(root, 'rest'));
    const result = await continueStudy(whole, first, {
      store: rest,
      executor: 'local',
      onResult: (each) => kept.push(each),
    });
    expect(shown(result)).toEqual(shown(once));
    expect([result.blocks, kept.length]).toEqual([{ trained: 8, reused: 0 }, 2]);
    // Target and shadow model of two methods: those of the first seed are not there.
    expect(rest.blockIds().length).toBe(4);
    expect(missingUnits(whole, result)).toEqual([]);
    expect(await continueStudy(whole, result, local('nothing'))).toBe(result);
  });

  it('is written after each method of a seed, and goes on from a file where it was stopped', async () => {
    const file = join(root, 'kept.json');
    const stop = new AbortController();
    const written: string[] = [];
    const told = (result: StudyResult): void => {
      const counts = result.defenses.map(({ key, runs }) => `${key} ${runs.length}`);
      written.push(`${counts.join(', ')}: ${studyVerdictWords(result)}`);
    };
    const first = continueStudyFile(whole, file, {
      ...local('stopped'),
      signal: stop.signal,
      onResult(result) {
        told(result);
        if (written.length === 3) stop.abort();
      },
    });
    await expect(first).rejects.toThrow(Interrupted);
    const stopped = readStudyResult(file);
    expect(missingUnits(whole, stopped)).toEqual([{ defense: whole.defenses[1], seed: 2 }]);
    // The difference counts the one seed that both have.
    const [difference] = stopped.comparisons.map((each) => each.difference);
    const [ce, ccel] = stopped.defenses.map(({ runs }) => runs[0].testAccuracy);
    expect(difference.estimate).toBeCloseTo(ccel - ce, 5);

    await continueStudyFile(whole, file, { ...local('gone on'), onResult: told });
    expect(written.map((text) => text.split(':')[0])).toEqual([
      'ce 1',
      'ce 1, ccel alpha=0.5 1',
      'ce 2, ccel alpha=0.5 1',
      'ce 2, ccel alpha=0.5 2',
    ]);
    expect(written[2]).toMatch(/Over 1 to 2 seeds/);
    const once = compactResult(await runStudy(whole, local('once')));
    const kept = readStudyResult(file);
    // Summaries are of numbers with six digits.
    expect(kept.defenses.map(({ runs }) => runs)).toEqual(once.defenses.map(({ runs }) => runs));
    expect([kept.settings, studyVerdictWords(kept)]).toEqual([once.settings, studyVerdictWords(once)]);
  });

  it('trains the shadow models of a non-adaptive adversary with the first method of the whole study', async () => {
    const other = study({
      ...tiny,
      epochs: 2,
      milestones: [1],
      attacks: ['loss'],
      adversary: 'non-adaptive',
    });
    const once = await runStudy(other, local('non-adaptive'));
    const first = await runStudy({ ...other, defenses: other.defenses.slice(0, 1) }, local('non-adaptive'));
    const result = await continueStudy(other, first, local('non-adaptive rest'));
    expect(shown(result).defenses).toEqual(shown(once).defenses);
  });

  it('refuses a result of another study, and says what differs', async () => {
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    expect(() => missingUnits({ ...whole, name: 'other' }, first)).toThrow(/is of the study tiny.*other/);
    const slower = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'], learningRate: 0.05 });
    expect(() => missingUnits(slower, first)).toThrow(/has recipe.learningRate 0.1 instead of 0.05/);
    const fifths = study({ ...tiny, epochs: 2, milestones: [1], attacks: ['loss'], split: 'fifths' });
    expect(() => missingUnits(fifths, first)).toThrow(/has split\.name "quarters" instead of "fifths"/);
  });

  it('is kept small: no losses of single records, six digits', async () => {
    const first = await runStudy({ ...whole, seeds: [1] }, local('first'));
    const small = compactResult(first);
    const [run] = small.defenses[0].runs;
    expect([run.memberLosses, run.nonMemberLosses]).toEqual([[], []]);
    const full = first.defenses[0].runs[0].memberLoss.mean;
    expect(run.memberLoss.mean).toBe(Number(full.toPrecision(6)));
    expect(missingUnits({ ...whole, seeds: [1] }, small)).toEqual([]);
  });
});
