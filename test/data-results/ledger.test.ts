import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measured, numberText, side } from '../../data/results/ledger/claim';
import { ledger, ledgerPage } from '../../data/results/ledger/page';
import { comparePaper, paperTable, readPaperNumbers } from '../../data/results/ledger/paper-numbers';
import { projectRoot } from '../../src/paths';

const claims = ledger();
const byId = new Map(claims.map((claim) => [claim.id, claim]));
const values = claims.flatMap((claim) => claim.values);
const value = (key: string): number => values.find((each) => each.key === key)!.estimate;

function csv(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'numbers.csv');
  writeFileSync(file, text);
  return file;
}

describe('docs/reproduction.md', () => {
  it('is what the results say', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'reproduction.md'), 'utf8');
    expect(page, 'npx tsx data/results/make-ledger.ts').toBe(ledgerPage(claims, readPaperNumbers()));
  });

  it('has a claim, a source, a verdict and, unless open, a command in each row; ids and keys are unique', () => {
    expect(byId.size).toBe(claims.length);
    expect(new Set(values.map(({ key }) => key)).size).toBe(values.length);
    for (const { id, claim, source, command, verdict, comment } of claims) {
      expect([id, claim, source, comment].every((text) => text.length > 1)).toBe(true);
      expect(command === '', id).toBe(verdict === 'open: not measured yet');
    }
    for (const { key, estimate, low, high } of values) {
      expect(Number.isFinite(estimate), key).toBe(true);
      expect((low ?? -Infinity) <= estimate && estimate <= (high ?? Infinity), key).toBe(true);
    }
  });

  it('has the numbers of the derivations, and of the files, by hand', () => {
    expect(value('T3.ccel')).toBeCloseTo(Math.E / (1 + Math.E), 9);
    expect(value('T7.alpha')).toBeCloseTo(1 / 3, 9);
    expect(value('T8.ccel')).toBeCloseTo(0.04663, 4);
    expect(value('T12.p')).toBeCloseTo(0.448, 3);
    const file = JSON.parse(
      readFileSync(join(projectRoot, 'data', 'results', 'defenses-location30.json'), 'utf8'),
    ) as { runs: { name: string; testAccuracy: number; seed: number }[] };
    const accuracy = (name: string): number => {
      const runs = file.runs.filter((run) => run.name === name);
      return runs.reduce((sum, run) => sum + run.testAccuracy, 0) / runs.length;
    };
    expect(value('M10.ccel')).toBeCloseTo(accuracy('ccel') - accuracy('ce'), 12);
  });

  it('is what the README sums up', () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
    const section = readme.slice(readme.indexOf('## What was found'), readme.indexOf('## What you can do'));
    const digits = (key: string): string => value(key).toFixed(3);
    const percent = (key: string): string => `${(100 * value(key)).toFixed(0)} %`;
    for (const told of [
      `${percent('M23.mislabelled.ce')} of the mislabelled canaries of cross-entropy, ${percent('M23.mislabelled.ccel.alpha=0.2')}`,
      `${digits('O2.ccel-alpha-0.5.accuracy')} against ${digits('O2.ce.accuracy')}`,
      `${digits('O2.ccel-alpha-0.5.advantage')} against ${digits('O2.ce.advantage')}`,
      `an advantage of ${digits('O2.relaxloss-target-1.advantage')}`,
      `its advantage is ${digits('O2.ccel-alpha-0.5-beta-0.1.advantage')}, but it has learned less, ${digits('O2.ccel-alpha-0.5-beta-0.1.accuracy')}`,
      `${digits('O2.ce-learningrate-0.005-weightdecay-0.005.accuracy')}, with an advantage of ${digits('O2.ce-learningrate-0.005-weightdecay-0.005.advantage')}`,
    ])
      expect(section).toContain(told);
    expect(byId.get('M19')!.comment).toContain('5 of 5');
    expect(byId.get('M20')!.verdict).toBe('not decided here');
  });

  it('has verdicts that speak for and against the paper', () => {
    expect(byId.get('T8')!.verdict).toBe('holds');
    expect(byId.get('T7')!.verdict).toBe('does not hold here');
    // Two defenses at three strengths, privacy and accuracy: «all of none» would hold.
    expect(byId.get('O9')!.values.length).toBe(12);
    const { low, high } = byId.get('O2')!.values.find(({ key }) => key === 'O2.ccel-alpha-0.5.p1')!;
    expect([low! < 0, high! > 0, byId.get('O2')!.verdict]).toEqual([true, true, 'not decided here']);
  });
});

describe('the paper’s numbers', () => {
  const ours = [
    measured('A.x', 'x', { estimate: 0.5, low: 0.4, high: 0.6, method: { name: 'exact' } }),
    measured('A.y', 'y', { estimate: 0.5, low: null, high: null, method: { name: 'exact' } }),
  ];

  it('are compared with ours: inside, outside, without interval, without counterpart', () => {
    const numbers = readPaperNumbers(
      csv(
        'table,row,column,value,ours\nTable 1,"CE, no defense",P1,.45,A.x\nTable 1,CCEL,P1,0.75,A.x\n\nTable 2,CCEL,acc,.5,A.y\nTable 2,CCQL,acc,71.5,\n',
      ),
    );
    const compared = comparePaper(numbers, ours);
    expect(compared.map(({ inside }) => inside)).toEqual([true, false, null, null]);
    expect(compared.map(({ difference }) => difference)).toEqual([
      expect.closeTo(0.05, 12),
      expect.closeTo(-0.25, 12),
      0,
      null,
    ]);
    const table = paperTable(compared);
    expect(table).toContain(
      '| Table 1 | CE, no defense | P1 | 0.45 | A.x: 0.5 [0.4, 0.6] | 0.05 | inside our interval |',
    );
    expect(table).toContain('-0.25 | outside our interval |');
    expect(table).toContain('| 71.5 |  |  | no counterpart here |');
    expect(paperTable([])).toContain('None yet');
    expect(ledgerPage(claims, [{ table: '1', row: 'r', column: 'c', value: 1, ours: 'M8.ccel' }])).toContain(
      'outside our interval',
    );
  });

  it('are refused with the place and the remedy', () => {
    expect(() => readPaperNumbers(csv('a,b\n'))).toThrow('must be table,row,column,value,ours');
    expect(() => readPaperNumbers(csv('table,row,column,value,ours\na,b,c,54 %,\n'))).toThrow('line 2');
    expect(() => readPaperNumbers(csv('table,row,column,value,ours\na,b\n'))).toThrow('is no CSV');
    expect(() => readPaperNumbers('/nowhere/x.csv')).toThrow('is missing');
    const wrong = [{ table: '', row: '', column: '', value: 1, ours: 'A.z' }];
    expect(() => comparePaper(wrong, ours)).toThrow('--keys');
  });

  it('have verdicts by intervals only', () => {
    expect(side({ low: 0.1, high: 0.2 })).toBe('above');
    expect(side({ low: -0.2, high: -0.1 })).toBe('below');
    expect(side({ low: -0.2, high: 0.1 })).toBe('undecided');
    expect(side({ low: null, high: null })).toBe('undecided');
    expect(numberText(0.123456)).toBe('0.1235');
  });
});
