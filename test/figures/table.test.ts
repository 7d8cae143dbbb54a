import { JSDOM } from 'jsdom';
import { expect, test } from 'vitest';
import { jupyterDisplay } from '../../src/figures/figure';
import { attackTable, comparisonTable, runAttackTable, studyTable } from '../../src/figures/study-tables';
import { Table } from '../../src/figures/table';
import { hostile, sampleResult } from '../report/sample-result';

const result = sampleResult();

function cells(table: Table, row: number): string[] {
  return table.rows[row].map(({ text }) => text);
}

test('the study table has one row a method with the numbers of the summary and their intervals', () => {
  const table = studyTable(result);
  expect(table.columns.map(({ title }) => title)).toEqual([
    'Method',
    'Train accuracy',
    'Test accuracy',
    'Member loss, mean',
    'Member loss, median',
    'Member loss, variance',
    'Attack advantage',
    'Attack AUC',
    'P1',
  ]);
  expect(table.rows.length).toBe(3);
  const { testAccuracy, p1 } = result.defenses[1].summary;
  expect(cells(table, 1)[0]).toBe('CCEL (alpha 0.5)');
  expect(cells(table, 1)[2]).toBe(testAccuracy.estimate.toFixed(3));
  expect(table.rows[1][2].detail).toBe(`${testAccuracy.low!.toFixed(3)} to ${testAccuracy.high!.toFixed(3)}`);
  expect(cells(table, 1)[8]).toBe(p1.estimate.toFixed(3));
});

test('verdicts stand only where a comparison is decided and better has a meaning', () => {
  const table = studyTable(result);
  expect(table.rows[0].every(({ badge }) => badge === undefined)).toBe(true);
  table.columns.forEach(({ title }, i) => {
    if (/loss|Train/.test(title)) expect(table.rows[1][i].badge).toBeUndefined();
  });
  const compared = result.comparisons.find(
    (c) => c.defense === 'ccel alpha=0.5' && c.metric === 'testAccuracy',
  );
  expect(table.rows[1][2].badge?.text).toBe(compared?.verdict);
});

test('one seed: no intervals, and the note says why', () => {
  const defenses = result.defenses.map((method) => ({
    ...method,
    runs: method.runs.slice(0, 1),
    summary: {
      ...method.summary,
      p1: { estimate: 0.5, low: null, high: null, method: { name: 'exact' as const } },
    },
  }));
  const table = studyTable({ ...result, defenses, comparisons: [] });
  expect(table.note).toMatch(/One seed, so there are no intervals/);
  expect(table.rows[0][8].detail).toBe('no interval');
});

test('comparisons show signed differences, Holm p and the verdict', () => {
  const table = comparisonTable(result);
  expect(table.rows.length).toBe(result.comparisons.length);
  expect(table.title).toBe('Differences to CE');
  const row = result.comparisons.findIndex((c) => c.defense === 'ccel alpha=0.5' && c.metric === 'advantage');
  const { difference, verdict } = result.comparisons[row];
  expect(cells(table, row)[2]).toBe(
    `${difference.estimate < 0 ? '\u2212' : '+'}${Math.abs(difference.estimate).toFixed(3)}`,
  );
  expect(table.rows[row][5].badge?.text).toBe(verdict);
});

test('the attack table averages over seeds and shows their range', () => {
  const table = attackTable(result);
  expect(table.rows.length).toBe(3 * 5);
  const values = result.defenses[0].runs.map(
    (run) => run.attacks.find(({ name }) => name === 'loss')!.tprAtFpr['0.01'].estimate,
  );
  const row = table.rows.find((r) => r[0].text === 'CE' && r[1].text === 'Loss')!;
  expect(row[5].text).toBe((values.reduce((a, b) => a + b) / 3).toFixed(3));
  expect(row[5].detail).toBe(`${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`);
});

test('an attack without TPR at 1 % FPR is called not measured', () => {
  const [run] = result.defenses[0].runs;
  const bare = { ...run, attacks: run.attacks.map((attack) => ({ ...attack, tprAtFpr: {} })) };
  expect(runAttackTable('CE', bare).rows[0][4].text).toBe('not measured');
});

test('HTML has caption and scoped headings, and every text is escaped', () => {
  const texts = Object.values(hostile);
  const table = new Table({
    title: hostile.script,
    note: hostile.image,
    columns: texts.map((title, i) => ({ title, note: title, kind: i === 0 ? 'label' : 'number' })),
    rows: [texts.map((text) => ({ text, detail: text, badge: { text, tone: 'good' as const } }))],
  });
  const html = table[jupyterDisplay]()['text/html'] as string;
  const { document } = new JSDOM(html).window;
  expect(document.querySelectorAll('script, img, a, b').length).toBe(0);
  expect(document.querySelectorAll('th[scope=col]').length).toBe(texts.length);
  expect(document.querySelectorAll('th[scope=row]').length).toBe(1);
  expect(document.querySelector('caption')?.textContent).toContain(hostile.script);
  expect(document.querySelector('td')?.textContent).toContain(hostile.image);
});

test('plain text is aligned', () => {
  const lines = studyTable(result).toText().split('\n');
  expect(lines.length).toBe(1 + 1 + 3);
  expect(new Set(lines.slice(1).map((line) => line.indexOf('[', 20))).size).toBeGreaterThan(0);
  expect(lines[2]).toMatch(/^CE +1\.000 \[/);
});
