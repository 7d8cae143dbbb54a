import { describe, expect, it } from 'vitest';
import { frame, pivot } from '../../src/experiments/data-frame';
import {
  attackTable,
  canaryTable,
  comparisonTable,
  runAttackTable,
  selectionTable,
  studyTable,
} from '../../src/figures/study-tables';
import { committedStudy } from '../../src/studies/committed-study';

describe('a frame', () => {
  it('has missing numbers that are not taken for 0', async () => {
    const rows = [
      { name: 'a', value: 2 },
      { name: 'b', value: null },
      { name: 'a', value: -1 },
      { name: 'c' },
    ];
    const made = await frame(rows);
    expect(made.columns).toEqual(['name', 'value']);
    const valuesOf = (of: typeof made): number[] =>
      (of.values as [string, number][]).map(([, value]) => value);
    expect(valuesOf(made.sortValues('value'))).toEqual([-1, 2, Number.NaN, Number.NaN]);
    expect(valuesOf(made.sortValues('value', { ascending: false }))).toEqual([2, -1, Number.NaN, Number.NaN]);
    expect(valuesOf(made.sortValues('name').sortValues('value'))).toEqual([-1, 2, Number.NaN, Number.NaN]);
    expect(made.sortValues('value').index).toEqual([2, 0, 1, 3]);
    expect(() => made.sortValues('size')).toThrow('must be one of name, value');
    const means = new Map(made.groupby(['name']).col(['value']).mean().values as [string, number][]);
    expect(means.get('a')).toBe(0.5);
    expect(means.get('b')).toBeNaN();
    made.sortValues('value', { inplace: true });
    expect(valuesOf(made)).toEqual([-1, 2, Number.NaN, Number.NaN]);
    expect(made.index).toEqual([2, 0, 1, 3]);
  });

  it('is made of a table of a result, numbers in full', async () => {
    const result = committedStudy('location30-beta');
    const made = await studyTable(result).frame();
    expect(made.shape[0]).toBe(result.defenses.length);
    expect(made.columns).toContain('Test accuracy');
    const at = made.columns.indexOf('Test accuracy');
    expect((made.values as number[][])[0][at]).toBe(result.defenses[0].summary.testAccuracy.estimate);
  });

  it('of every table of a study has numbers where the table has them', async () => {
    const main = committedStudy('location30');
    const tables = [
      ...[studyTable, comparisonTable, attackTable, selectionTable].map((table) => table(main)),
      runAttackTable('CE', main.defenses[0].runs[0]),
      canaryTable(committedStudy('canaries')),
    ];
    for (const table of tables) {
      const made = await table.frame();
      expect(made.shape[0]).toBe(table.rows.length);
      const numbers = table.columns.filter(
        ({ kind, title }) => kind === 'number' && title !== '95 % interval',
      );
      const typeOf = (title: string): string => made.dtypes[made.columns.indexOf(title)];
      expect(numbers.filter(({ title }) => !/^(float|int)32$/.test(typeOf(title)))).toEqual([]);
    }
  });

  it('is made wide with the means of what is there', async () => {
    const long = await frame([
      { name: 'ce', attack: 'hinge', auc: 0.5 },
      { name: 'ce', attack: 'hinge', auc: 0.75 },
      { name: 'ccel', attack: 'loss', auc: 0.25 },
      { name: 'ccel', attack: 'hinge', auc: null },
      { name: 'ce', attack: 'hinge', auc: null },
    ]);
    const wide = await pivot(long, { index: 'name', columns: 'attack', values: 'auc' });
    expect(wide.columns).toEqual(['name', 'hinge', 'loss']);
    expect(wide.values).toEqual([
      ['ce', 0.625, Number.NaN],
      ['ccel', Number.NaN, 0.25],
    ]);
    await expect(pivot(long, { index: 'size', columns: 'attack', values: 'auc' })).rejects.toThrow(
      'must be one of name, attack, auc',
    );
    await expect(pivot(long, { index: 'name', columns: 'auc', values: 'attack' })).rejects.toThrow(
      'must be a number',
    );
  });

  it('refuses no rows', async () => {
    await expect(frame([])).rejects.toThrow('must be one at least');
  });
});
