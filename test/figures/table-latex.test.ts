import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparisonTable, studyTable } from '../../src/figures/study-tables';
import { intervalCell, type TableCell } from '../../src/figures/table-cells';
import { Table } from '../../src/figures/table';
import { escapeLatex } from '../../src/figures/table-latex';
import type { Interval } from '../../src/metrics/interval';
import { sampleResult } from '../report/sample-result';

/** What LaTeX prints for the output of escapeLatex: its commands undone. */
function printed(latex: string): string {
  const commands: Record<string, string> = {
    textbackslash: '\\',
    textasciicircum: '^',
    textasciitilde: '~',
    textless: '<',
    textgreater: '>',
    textbar: '|',
    textquotedbl: '"',
  };
  return latex.replace(
    /\\([a-z]+)\{\}|\\([{}&%$#_])/g,
    (_, word?: string, sign?: string) => sign ?? commands[word!],
  );
}

test('any ASCII text prints as itself, and nothing special is left unescaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const latex = escapeLatex(text);
      expect(printed(latex)).toBe(text.replace(/\s+/g, ' '));
      const rest = latex.replace(/\\(textbackslash|text[a-z]+)\{\}|\\[{}&%$#_]/g, '');
      expect(rest).not.toMatch(/[\\{}&%$#_^~<>|"]/);
    }),
  );
});

test('signs that fonts of LaTeX lack become commands', () => {
  expect(escapeLatex('1 \u2212 x \u2264 95 % nats\u00b2')).toBe(
    '1 $-$ x $\\leq$ 95 \\% nats\\textsuperscript{2}',
  );
});

const columns = [
  { title: 'Method & more', kind: 'label' },
  { title: 'Advantage', note: 'lower', kind: 'number' },
] as const;

function tableOf(...intervals: readonly (readonly [number, number, number])[]): Table {
  const rows = intervals.map(([low, estimate, high], i) => [
    { text: `m_${i}` },
    intervalCell({ estimate, low, high, method: { name: 'exact' } }, 'proportion'),
  ]);
  return new Table({ title: 'Results_1', note: '', columns, rows });
}

test('booktabs, with the same form of intervals in the whole table', () => {
  const symmetric = tableOf([0.49, 0.52, 0.55], [-0.03, -0.01, 0.01]).toLatex();
  expect(symmetric).toBe(`\\begin{table}
\\centering
\\caption{Results\\_1.}
\\label{tab:results-1}
\\begin{tabular}{lr}
\\toprule
Method \\& more & Advantage \\\\
 & {\\footnotesize lower} \\\\
\\midrule
m\\_0 & $0.520 \\pm 0.030$ \\\\
m\\_1 & $-0.010 \\pm 0.020$ \\\\
\\bottomrule
\\end{tabular}
\\end{table}
`);
  const skewed = tableOf([0.49, 0.52, 0.55], [0.4, 0.5, 0.55]).toLatex();
  expect(skewed).toContain('$0.520$ {\\footnotesize $[0.490, 0.550]$}');
  expect(skewed).toContain('$0.500$ {\\footnotesize $[0.400, 0.550]$}');
  expect(skewed).not.toContain('\\pm');
});

test('a form that was asked for is kept or refused', () => {
  expect(tableOf([0.49, 0.52, 0.55]).toLatex({ intervals: 'brackets' })).toContain('[0.490, 0.550]');
  expect(() => tableOf([0.4, 0.5, 0.55]).toLatex({ intervals: 'plus-minus' })).toThrow(
    /m_0, Advantage.*symmetric/,
  );
  const bare = tableOf([0.49, 0.52, 0.55]).toLatex({ environment: 'tabular' });
  expect(bare.startsWith('\\begin{tabular}{lr}')).toBe(true);
  expect(tableOf([0, 0, 0]).toLatex({ label: 'tab:a}b' })).toContain('\\label{tab:a-b}');
});

test('the tables of a study: one line a row, as many cells as columns, powers of ten in math', () => {
  const result = sampleResult();
  for (const table of [studyTable(result), comparisonTable(result)]) {
    const lines = table.toLatex({ environment: 'tabular' }).split('\n');
    const body = lines.slice(lines.indexOf('\\midrule') + 1, lines.indexOf('\\bottomrule'));
    expect(body.length).toBe(table.rows.length);
    for (const line of body) {
      expect(line.replace(/\\&/g, '').split('&').length).toBe(table.columns.length);
      expect(line).not.toMatch(/[\u2212\u00d7\u2070-\u209f]/);
    }
  }
  expect(studyTable(result).toLatex()).toMatch(/\\pm 2\.4 \\times 10\^\{-5\}/);
  expect(comparisonTable(result).toLatex()).toContain('$[-0.064, +0.030]$');
});

test('a number without an interval has a letter, and below the table stands why', () => {
  const none = (method: Interval['method']): TableCell =>
    intervalCell({ estimate: 0.5, low: null, high: null, method }, 'proportion');
  const seed = none({ name: 'no-spread', n: 1, over: 'seeds' });
  const cut = none({ name: 'chosen-cut' });
  const rows = [
    [{ text: 'a' }, seed],
    [{ text: 'b' }, cut],
    [{ text: 'c' }, seed],
  ];
  const latex = new Table({ title: 'x', note: '', columns, rows }).toLatex({ environment: 'tabular' });
  expect(latex).toContain('a & $0.500$\\textsuperscript{a} \\\\');
  expect(latex).toContain('b & $0.500$\\textsuperscript{b} \\\\');
  expect(latex).toContain('c & $0.500$\\textsuperscript{a} \\\\');
  expect(latex.split('\n').slice(-5, -2)).toEqual([
    '\\bottomrule',
    '\\multicolumn{2}{l}{\\footnotesize \\textsuperscript{a} no interval: one seed has no spread} \\\\',
    '\\multicolumn{2}{l}{\\footnotesize \\textsuperscript{b} no interval: the cut was chosen on the same pairs} \\\\',
  ]);
});
