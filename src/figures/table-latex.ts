import { badInput } from '../errors';
import type { Interval } from '../metrics/interval';
import { intervalWords } from '../wording';
import { smallPrint, type TableCell, type TableParts } from './table-cells';

export interface LatexOptions {
  /**
   * How intervals are written, the same in the whole table. `auto` (default): as `0.52 \\pm 0.03` if every interval is
   * symmetric to the digits shown, else as `0.52 [0.49, 0.56]`.
   */
  readonly intervals?: 'auto' | 'plus-minus' | 'brackets';
  /** For `\\ref`; default `tab:` and the title in small letters. */
  readonly label?: string;
  /** `table` (default) is a float with caption; `tabular` is the table alone. */
  readonly environment?: 'table' | 'tabular';
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '\u2212': '$-$',
  '\u00b1': '$\\pm$',
  '\u00d7': '$\\times$',
  '\u2264': '$\\leq$',
  '\u2265': '$\\geq$',
  '\u00b2': '\\textsuperscript{2}',
  '\u2013': '--',
  '\u2019': "'",
  '\u00ab': '``',
  '\u00bb': "''",
};

/** Makes text harmless in LaTeX: what is special there is written so that it prints as itself; line breaks are spaces. */
export function escapeLatex(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(
      /[\\{}&%$#_^~<>|"\u2212\u00b1\u00d7\u2264\u2265\u00b2\u2013\u2019\u00ab\u00bb]/g,
      (c) => special[c],
    );
}

/**
 * A table in LaTeX with the rules of booktabs (`\\usepackage{booktabs}`). A number without an interval has a letter, and
 * below the table stands why.
 *
 * @throws UserError for `plus-minus` where an interval is not symmetric to the digits shown
 */
export function tableLatex(parts: TableParts, options: LatexOptions = {}): string {
  const { columns, rows, title, note } = parts;
  const { intervals = 'auto', environment = 'table', label = `tab:${slug(title)}` } = options;
  const plusMinus = takesPlusMinus(parts, intervals);
  const reasons = [...new Set(rows.flat().flatMap(whyNone))];
  const head = columns.map((column) => escapeLatex(column.title)).join(' & ');
  const hasNotes = columns.some((column) => column.note !== undefined);
  const notes = columns.map(({ note: small }) =>
    small === undefined ? '' : `{\\footnotesize ${escapeLatex(small)}}`,
  );
  const lines = [
    `\\begin{tabular}{${columns.map(({ kind }) => (kind === 'number' ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    `${head} \\\\`,
    ...(hasNotes ? [`${notes.join(' & ')} \\\\`] : []),
    '\\midrule',
    ...rows.map(
      (row) =>
        `${row.map((cell, at) => latexCell(cell, columns[at].kind, plusMinus, reasons)).join(' & ')} \\\\`,
    ),
    '\\bottomrule',
    ...reasons.map(
      (why, i) => `\\multicolumn{${columns.length}}{l}{\\footnotesize ${mark(i)} ${escapeLatex(why)}} \\\\`,
    ),
    '\\end{tabular}',
  ];
  if (environment === 'tabular') return `${lines.join('\n')}\n`;
  const caption = `\\caption{${escapeLatex(`${title}.${note === '' ? '' : ` ${note}`}`)}}`;
  const around = ['\\begin{table}', '\\centering', caption, `\\label{${label.replace(/[^\w:.-]/g, '-')}}`];
  return `${[...around, ...lines, '\\end{table}'].join('\n')}\n`;
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function takesPlusMinus({ rows, columns }: TableParts, wanted: LatexOptions['intervals']): boolean {
  if (wanted === 'brackets') return false;
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      const { interval } = cell;
      if (
        interval === undefined ||
        cell.detail === undefined ||
        interval.low === null ||
        interval.high === null
      )
        continue;
      if (isSymmetric(cell, interval)) continue;
      if (wanted !== 'plus-minus') return false;
      const { low, estimate, high } = interval;
      const what = `the interval of ${row[0].text}, ${columns[at].title}`;
      throw badInput(
        what,
        [low, estimate, high],
        'is not symmetric, so it has no \u00b1',
        "Take intervals: 'brackets'",
      );
    }
  }
  return true;
}

/** Whether both sides print the same half width. */
function isSymmetric({ print = String }: TableCell, { low, estimate, high }: Interval): boolean {
  return low !== null && high !== null && print(high - estimate) === print(estimate - low);
}

/** Why a cell's number has no interval, in words. */
function whyNone({ interval }: TableCell): string[] {
  if (interval === undefined || (interval.low !== null && interval.high !== null)) return [];
  return [intervalWords(interval.method)];
}

/** a, b, … */
const mark = (reason: number): string => `\\textsuperscript{${String.fromCharCode(97 + reason)}}`;

function latexCell(cell: TableCell, kind: string, plusMinus: boolean, reasons: readonly string[]): string {
  const [why] = whyNone(cell);
  const main = kind === 'number' ? latexNumber(cell.text) : escapeLatex(cell.text);
  const isShown = cell.interval !== undefined && cell.detail !== undefined;
  const number = isShown ? withInterval(cell, cell.interval, plusMinus) : main;
  const small = smallPrint(cell);
  const parts = [
    why === undefined ? number : `${number}${mark(reasons.indexOf(why))}`,
    small === undefined ? '' : `{\\footnotesize (${escapeLatex(small)})}`,
    cell.badge === undefined ? '' : `\\emph{${escapeLatex(cell.badge.text)}}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function withInterval(
  { text, print = String }: TableCell,
  { low, high, estimate }: Interval,
  plusMinus: boolean,
): string {
  if (low === null || high === null) return latexNumber(text);
  if (plusMinus) return `$${inner(text)} \\pm ${inner(print(high - estimate))}$`;
  return `${latexNumber(text)} {\\footnotesize $[${inner(print(low))}, ${inner(print(high))}]$}`;
}

const superscripts = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';

/** A number as `formatNumber` prints it, for math mode. */
function inner(text: string): string {
  return text
    .replace(/\u2212/g, '-')
    .replace(/\u00d710([\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)/, (_, digits: string) => {
      const exponent = Array.from(digits, (c) => (c === '\u207b' ? '-' : superscripts.indexOf(c))).join('');
      return ` \\times 10^{${exponent}}`;
    });
}

const printed = /[+\u2212-]?[\d.]+(?:\u00d710[\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)?/.source;
const aNumber = new RegExp(`^${printed}$`);
const twoBounds = new RegExp(`^(${printed}) to (${printed})$`);

/** Numbers in math mode, bounds in brackets; words and everything else as text. */
function latexNumber(text: string): string {
  if (aNumber.test(text)) return `$${inner(text)}$`;
  const bounds = twoBounds.exec(text);
  return bounds === null ? escapeLatex(text) : `$[${inner(bounds[1])}, ${inner(bounds[2])}]$`;
}
