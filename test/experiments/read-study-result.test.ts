import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { readStudyResult } from '../../src/experiments/study-result';
import { sampleResult } from '../report/sample-result';

const folder = mkdtempSync(join(tmpdir(), 'ccl result '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(value: unknown): string {
  const file = join(folder, 'result.json');
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

describe('readStudyResult', () => {
  const result = sampleResult();

  it('gives back what was written', () => {
    expect(readStudyResult(written(result))).toEqual(result);
  });

  it('fills in what may be left out: losses of records, the command of old exports', () => {
    const defenses = result.defenses.map((defense) => ({
      ...defense,
      runs: defense.runs.map((run) => ({ ...run, memberLosses: undefined, nonMemberLosses: [] })),
    }));
    const file = written({ ...result, command: '', defenses });
    const read = readStudyResult(file);
    expect(read.defenses[0].runs[0].memberLosses).toEqual([]);
    expect(read.command).toBe(`npx ccl study report ${file}`);
  });

  it.each<[unknown, RegExp]>([
    ['{"schema"', /result\.json is no JSON: .*Correct it, or make it again/],
    [
      { name: 'x' },
      /the schema of .*result\.json is null, but must be "ccl-lab\/study-result\/2"\. Pass a file/,
    ],
    [
      { schema: 'ccl-lab/study-result/1', methods: [] },
      /written by an earlier version.*study export --format json.*Results of earlier versions/,
    ],
    [{ schema: 'ccl-lab/study-plan/1' }, /result\.json is "ccl-lab\/study-plan\/1"/],
    [
      { ...result, defenses: [] },
      /result\.json is not a whole result of a study: defenses: Must hold at least one/,
    ],
    [{ ...result, defenses: [{ ...result.defenses[0], runs: [{}] }] }, /defenses\.0\.runs\.0\.seed/],
  ])('refuses %j', (value, message) => {
    const file = written(value);
    expect(() => readStudyResult(file)).toThrow(UserError);
    expect(() => readStudyResult(file)).toThrow(message);
  });

  it('names a file that is not there', () => {
    expect(() => readStudyResult(join(folder, 'none.json'))).toThrow(/There is no file .*none\.json/);
  });
});
