import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataset } from '../../src/data/registry';
import { planCanaries } from '../../src/data/canaries';
import { missingUnits } from '../../src/experiments/continue-study';
import { ensembleOutputs } from '../../src/experiments/ensemble-outputs';
import { queryRows } from '../../src/experiments/store/query';
import { study } from '../../src/experiments/study';
import { projectRoot } from '../../src/paths';
import { committedStore, committedStudies, committedStudy } from '../../src/studies/committed-study';
import { findStudy, studies } from '../../src/studies/registry';

/** Bytes of all files below, without the query's own memory, which is not committed. */
function size(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'catalog') return sum;
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? size(path) : statSync(path).size);
  }, 0);
}

const readme = readFileSync(join(projectRoot, 'data', 'results', 'README.md'), 'utf8');

describe('the committed studies', () => {
  it.each(committedStudies())('%s has every target of the study, or README.md says how many', (name) => {
    const [of, result] = [study(findStudy(name)), committedStudy(name)];
    const missing = missingUnits(of, result);
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))!;
    const said = /(\d+) of (\d+) targets/.exec(row);
    const goOn = `npx ccl study run ${name} --keep data/results/studies/${name}.json`;
    if (said === null) return expect(missing, goOn).toEqual([]);
    const [there, all] = [
      result.defenses.flatMap(({ runs }) => runs).length,
      of.defenses.length * of.seeds.length,
    ];
    expect(said.slice(1).map(Number)).toEqual([there, all]);
    // None of another study; once it is whole, README.md says no more that it is not.
    expect([missing.length, missing.length > 0]).toEqual([all - there, true]);
  });

  it('are named by an error that knows the nearest', () => {
    expect(() => committedStudy('location31')).toThrow(/no committed study[\s\S]*location30/);
  });

  it('take less than 20 MB in all', () => {
    expect(size(join(projectRoot, 'data', 'results'))).toBeLessThan(20e6);
  });

  it('have the outputs of all models of the canary study, for all canaries', async () => {
    const [{ runs }] = committedStudy('canaries').defenses;
    const { records, members } = await ensembleOutputs(runs[0].block, { store: committedStore() });
    const plan = planCanaries(await dataset('location30'), {
      counts: studies.canaries.canaries!,
      models: 64,
      seed: 1,
    });
    expect(members.length).toBe(64);
    plan.records.forEach((record, canary) => {
      const row = records.indexOf(record);
      expect(members.map((own) => own[row])).toEqual(plan.masks.map((mask) => mask[canary]));
    });
  });

  it('agree with their blocks: test accuracies of targets, from single records', async () => {
    const { rows } = await queryRows(
      `select block, avg(correct::int) from records join runs using (block, model)
       where not member and split = 'fifths' group by block`,
      { store: committedStore() },
    );
    const found = new Map(rows.map(([block, accuracy]) => [block as string, accuracy as number]));
    const runs = committedStudy('location30').defenses.flatMap((defense) => defense.runs);
    const kept = runs.filter(({ block }) => found.has(block.split('/')[0]));
    expect(kept.length).toBeGreaterThanOrEqual(35);
    for (const { block, testAccuracy } of kept) {
      expect(found.get(block.split('/')[0])).toBeCloseTo(testAccuracy, 5);
    }
  });
});
