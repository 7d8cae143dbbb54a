import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const src = join(projectRoot, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(src, name));

/** What is for people: labels, keys, titles, messages, and what src/wording.ts says. */
const forPeople = /^(label|key|title|message|sentence|words|caption)$|Words$/;
const readers = new Set([
  'split',
  'replace',
  'replaceAll',
  'match',
  'matchAll',
  'startsWith',
  'endsWith',
  'includes',
  'slice',
  'search',
  'indexOf',
  'substring',
]);

/** The name of what a call is made on: `label` of `method.label.split(...)`. */
function nameOf(node: ts.Expression): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node)) return nameOf(node.expression);
  return ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node) ? nameOf(node.expression) : null;
}

/** Places of a file that take apart what was worded for people. */
function readingsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: on, name } = node.expression;
      const isPattern = ts.isRegularExpressionLiteral(on) && (name.text === 'test' || name.text === 'exec');
      const read = isPattern ? node.arguments[0] : on;
      if (isPattern || readers.has(name.text)) {
        if (read !== undefined && forPeople.test(nameOf(read) ?? '')) found.push(node.getText(source));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.map((text) => `${relative(projectRoot, file)}: ${text}`);
}

/** What looks alike: texts of other libraries, breaks of lines, keys of JSON, arrays called label. */
const others: readonly string[] = [
  'src/options.ts: issue.message',
  "src/platform/cli/command-line.ts: /'([^']+)'/",
  'src/experiments/store/query.ts: /^IO Error/',
  "src/platform/cli/command-line.ts: message.includes('null bytes')",
  'src/platform/formats/csv.ts: message',
  "src/platform/formats/tar.ts: key.startsWith('GNU.sparse.')",
  'src/platform/formats/image.ts: error.message',
  'src/platform/formats/parquet.ts: (error as Error).message',
  "src/platform/cli/study-run.ts: failure.message.split('\\n')",
  "src/platform/cli/study-terminal.ts: label.replace(' (', '\\n(')",
  "src/figures/theme.ts: framing.caption.split('\\n')",
  'src/figures/table-latex.ts: label.replace',
  'src/platform/kernel/figure-differences.ts: ',
  'src/losses/convex-concave.ts: key.',
  'src/experiments/store/block-folder.ts: all.label.slice',
  // Figures: captions of two lines, and made-up data with labels of their own.
  "src/report/sections.ts: figure.caption.split('\\nReproduce: ')",
  'src/figures/gallery/examples.ts: label.replace',
];

it('nothing reads back what was worded for people', () => {
  const found = files.flatMap(readingsIn);
  expect(found.filter((each) => !others.some((known) => each.startsWith(known)))).toEqual([]);
});
