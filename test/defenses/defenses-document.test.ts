import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defensesDocument } from '../../src/defenses/defenses-document';
import { describeDefense, describeDefenses } from '../../src/defenses/describe-defenses';
import { measuredRows, type MeasuredRun, measuredRuns, verdict } from '../../src/defenses/measured';
import { defenseFromData, defenseNames, leftOutDefenses, ownDefenseNames } from '../../src/defenses/registry';
import { projectRoot } from '../../src/paths';
import { trainingRevision } from '../../src/training/loop';

const text = readFileSync(join(projectRoot, 'docs', 'defenses.md'), 'utf8');
const runs = measuredRuns();

describe('docs/defenses.md', () => {
  it('is what registry and measurements give; if not: npx ccl defenses --markdown > docs/defenses.md', () => {
    expect(text).toBe(defensesDocument(runs));
  });

  it('has a row for every defense and loss, its privacy judged, and a section for every defense', () => {
    for (const name of defenseNames) {
      const rows = text.split('\n').filter((line) => new RegExp(`^\\| ${name}(:| \\|)`).test(line));
      expect(rows.length, name).toBeGreaterThan(0);
      for (const row of rows) {
        const cells = row.split(' | ');
        expect(cells[cells.length - 2].length, name).toBeGreaterThan(5);
        expect(cells[cells.length - 1], name).toMatch(/^(as the paper says|not here|no claim|not measured)/);
      }
    }
    for (const name of ownDefenseNames) expect(text).toContain(`\n## ${name}\n`);
    for (const name of Object.keys(leftOutDefenses)) expect(text).toContain(`**${name}**`);
  });

  it('measures every defense at its defaults, by the present code: npx tsx data/results/make-defenses.ts', () => {
    const missing = defenseNames.filter((name) => !runs.some((run) => run.name === name && run.isDefault));
    expect(missing).toEqual([]);
    for (const run of runs) {
      expect(run.revision, run.label).toBe(`${trainingRevision}.${defenseFromData(run.name).revision}`);
      const now = defenseFromData(run.name, run.options);
      expect(now.label).toBe(run.label);
      expect(now.options).toEqual(run.options);
    }
  });
});

describe('the table', () => {
  const attacks = (auc: number): MeasuredRun['attacks'] => ({
    loss: { auc, advantage: 2 * auc - 1 },
    entropy: { auc: auc - 0.1, advantage: 0.1 },
  });
  const run = (name: string, seed: number, auc: number, testAccuracy = 0.5, cpuSeconds = 2): MeasuredRun => ({
    name,
    label: name,
    options: {},
    isDefault: true,
    seed,
    revision: '1.1',
    memberAccuracy: 1,
    testAccuracy,
    attacks: attacks(auc),
    cpuSeconds,
  });
  const ce = [run('ce', 1, 0.9), run('ce', 2, 0.88), run('ce', 3, 0.92)];
  const of = (...own: MeasuredRun[]) =>
    measuredRows([...ce, ...own]).find(({ name }) => name === own[0].name)!;

  it('holds means over seeds, pairs seeds with cross-entropy, and takes the least time', () => {
    const row = of(run('x', 1, 0.7, 0.4, 9), run('x', 2, 0.66, 0.4, 6), run('x', 3, 0.74, 0.4, 7));
    expect(row.seeds).toBe(3);
    expect(row.lossAuc).toBeCloseTo(0.7, 12);
    expect(row.best).toEqual({ name: 'loss', auc: expect.closeTo(0.7, 12) as number });
    expect(row.difference.estimate).toBeCloseTo(-0.2, 12);
    expect(row.accuracyDifference).toBeCloseTo(-0.1, 12);
    expect(row.cost).toBe(3);
    expect(verdict(row, 'more privacy')).toBe('as the paper says, for 10 points of accuracy');
    expect(verdict(row, 'no more privacy')).toBe('not here, for 10 points of accuracy');
    expect(verdict(row, 'nothing')).toBe('no claim');
  });

  it('calls neither a small nor an unsteady change a gain', () => {
    expect(verdict(of(run('x', 1, 0.89), run('x', 2, 0.87), run('x', 3, 0.91)), 'more privacy')).toBe(
      'not here',
    );
    expect(verdict(of(run('x', 1, 0.6), run('x', 2, 0.95), run('x', 3, 0.9)), 'more privacy')).toBe(
      'not here',
    );
    expect(verdict(of(run('x', 1, 0.89)), 'no more privacy')).toBe('as the paper says');
  });
});

describe('descriptions', () => {
  it('give range, default and meaning of every parameter', () => {
    for (const { name, parameters, title, source, claim, changes } of describeDefenses()) {
      for (const words of [title, source, claim]) expect(words.length, name).toBeGreaterThan(1);
      expect(changes.length).toBeGreaterThan(0);
      for (const parameter of parameters) {
        expect(parameter.meaning.length, `${name}: ${parameter.name}`).toBeGreaterThan(5);
        expect(parameter.range, `${name}: ${parameter.name}`).not.toBe('see the source');
      }
      // Every default makes the defense.
      const options = Object.fromEntries(
        parameters.flatMap((parameter) =>
          parameter.default === 'none' ? [] : [[parameter.name, JSON.parse(parameter.default) as unknown]],
        ),
      );
      expect(defenseFromData(name, options).options).toEqual(defenseFromData(name).options);
    }
    expect(() => describeDefense('memgard')).toThrow(/Did you mean "memguard"/);
    expect(() => describeDefense('constructor')).toThrow(/is no defense/);
  });
});
