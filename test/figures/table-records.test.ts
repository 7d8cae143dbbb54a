import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attackTable, studyTable } from '../../src/figures/study-tables';
import { intervalCell } from '../../src/figures/table-cells';
import { Table } from '../../src/figures/table';
import { sampleResult } from '../report/sample-result';

const result = sampleResult();

test('records have the numbers of the study in full, an interval in two more columns, the verdict in one', () => {
  const records = studyTable(result).toRecords();
  const { testAccuracy } = result.defenses[1].summary;
  expect(records[1]).toMatchObject({
    Method: 'CCEL (alpha 0.5)',
    'Test accuracy': testAccuracy.estimate,
    'Test accuracy, low': testAccuracy.low,
    'Test accuracy, high': testAccuracy.high,
    'Test accuracy, verdict': 'worse',
  });
  expect(records[0]['Test accuracy, verdict']).toBeNull();
  expect(Object.keys(records[0])).toEqual(Object.keys(records[2]));
});

test('small print that is no interval has its own column', () => {
  const [record] = attackTable(result).toRecords();
  expect(record['AUC, detail']).toMatch(/^\d\.\d{3} to \d\.\d{3}$/);
  const interval = { estimate: 0.5, low: 0.4, high: 0.6, method: { name: 'exact' as const } };
  const cell = { ...intervalCell(interval, 'proportion'), detail: 'chance: up to 0.03' };
  const table = new Table({
    title: 't',
    note: '',
    columns: [{ title: 'a', kind: 'number' }],
    rows: [[cell]],
  });
  expect(table.toRecords()).toEqual([
    { a: 0.5, 'a, low': 0.4, 'a, high': 0.6, 'a, detail': 'chance: up to 0.03' },
  ]);
});

test('equal titles stay apart', () => {
  const columns = [1, 2].map(() => ({ title: 'a', kind: 'text' as const }));
  const table = new Table({ title: 't', note: '', columns, rows: [[{ text: 'x' }, { text: 'y' }]] });
  expect(table.toRecords()).toEqual([{ a: 'x', 'a (2)': 'y' }]);
});

test('CSV read by another parser gives every text back, whatever it holds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', ' ', '\u00fc', "'") });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), (pairs) => {
      const rows = pairs.map((pair) => pair.map((cell) => ({ text: cell })));
      const columns = ['a,"b"', 'c'].map((title) => ({ title, kind: 'text' as const }));
      const csv = new Table({ title: 't', note: '', columns, rows }).toCsv();
      expect(parse(csv, { record_delimiter: '\n' })).toEqual([['a,"b"', 'c'], ...pairs]);
    }),
  );
});

test('numbers of the CSV are those of the study to the last digit; a table without rows has its header', () => {
  const [first] = parse(studyTable(result).toCsv(), { columns: true }) as Record<string, string>[];
  expect(Number(first['Attack AUC, low'])).toBe(result.defenses[0].summary.auc.low);
  const empty = new Table({ title: 't', note: '', columns: [{ title: 'a', kind: 'text' }], rows: [] });
  expect(empty.toCsv()).toBe('a\n');
});
