import type { Diagnostic } from './tslab-parts';

/** The code of a diagnostic that is not TypeScript's. */
export const ownWords = 0;

interface Habit {
  readonly pattern: RegExp;
  /** Only where the cell does not parse: what it looks like may stand in a text. */
  readonly breaksSyntax?: true;
  /** @param found what the pattern has in parentheses */
  says(...found: string[]): string;
}

const typescript = 'Cells are TypeScript, not Python';

/** What people write out of habit, line by line, and what takes its place. Asked only where the compiler complains. */
const habits: readonly Habit[] = [
  {
    pattern: /^\s*%{1,2}(\w+)/,
    says: (name) => `«%${name}» is a magic of IPython, which this kernel does not have. ${typescript}.`,
  },
  {
    pattern: /^\s*!\s*(\S.*)$/,
    says: (command) =>
      `«!${command}» runs a command in IPython. Here: import { execSync } from 'node:child_process'; ` +
      `console.log(String(execSync(${JSON.stringify(command)}))).`,
  },
  {
    pattern: /^\s*(?:import\s+([\w.]+)(?:\s+as\s+\w+)?|from\s+([\w.]+)\s+import\s.*)\s*$/,
    says: (a, b) => `This is a Python import. ${typescript}: ${insteadOf((a ?? b ?? '').split('.')[0]!)}`,
  },
  {
    pattern: /^\s*(pip3?|npm|conda)\s+install\s+(.*)$/,
    says: (_, what) =>
      `Packages are installed in a terminal: npm install ${what}, in the folder of the notebook.`,
  },
  {
    pattern: /<\/\w*>|<\w+\s*\/>/,
    breaksSyntax: true,
    says: () =>
      "Cells have no JSX. Show HTML with import { display } from 'ccl-lab'; display.html`<b>…</b>`, or load a .tsx file.",
  },
  { pattern: /^\s*print\(/, says: () => `${typescript}: console.log(…) prints.` },
  { pattern: /^\s*def\s+\w+\(/, says: () => `${typescript}: function name(x) { return x; }.` },
  {
    pattern: /^\s*(?:\?{1,2}([\w.]+)|([\w.]+)\?{1,2})\s*$/,
    breaksSyntax: true,
    says: (a, b) => `Help of IPython. Here: Shift+Tab with the cursor in «${a ?? b}».`,
  },
];

function insteadOf(module: string): string {
  switch (module) {
    case 'matplotlib':
    case 'seaborn':
    case 'plotly':
      return "import { plotly } from 'ccl-lab' draws figures.";
    case 'pandas':
    case 'polars':
      return "import * as dfd from 'danfojs-node' has data frames.";
    case 'numpy':
    case 'torch':
    case 'tensorflow':
      return "import * as tf from '@tensorflow/tfjs' has tensors, and typed arrays are arrays of numbers.";
    default:
      return "import { name } from 'package', e.g. import { loss } from 'ccl-lab'.";
  }
}

/** What the compiler found, in better words where it is a habit from elsewhere or a module that is not there. */
export function inPlainWords(
  found: readonly Diagnostic[],
  code: string,
  folder: string,
): readonly Diagnostic[] {
  const lines = code.split('\n');
  const parses = !found.some(({ code: number }) => number >= 1000 && number < 2000);
  for (const diagnostic of found) {
    if (diagnostic.fileName !== undefined) continue;
    const line = lines[diagnostic.start.line] ?? '';
    for (const { pattern, breaksSyntax, says } of habits) {
      const match = breaksSyntax && parses ? null : pattern.exec(line);
      if (match) return [{ ...diagnostic, code: ownWords, messageText: says(...match.slice(1)) }];
    }
  }
  return found.map((diagnostic) => {
    const module = /^Cannot find module '([^']+)'/.exec(diagnostic.messageText)?.[1];
    if (module === undefined) return diagnostic;
    const name = module
      .split('/')
      .slice(0, module.startsWith('@') ? 2 : 1)
      .join('/');
    const remedy = /^[./]/.test(module)
      ? `There is no such file, seen from ${folder}.`
      : `If it is a package: npm install ${name} in ${folder}, then run the cell again.`;
    return { ...diagnostic, messageText: `${diagnostic.messageText} ${remedy}` };
  });
}
