import { describeDefenses, type DefenseDescription } from './describe-defenses';
import { changeInWords, type MeasuredRow, measuredRows, type MeasuredRun, verdict } from './measured';
import { leftOutDefenses } from './registry';

const opening = `# Defenses

Made by \`npx ccl defenses --markdown > docs/defenses.md\` from the registry (src/defenses/registry.ts) and the measurements (data/results/defenses-location30.json); edit there. \`npx ccl defenses NAME\` shows one.

\`defense(name, options)\` makes one, \`train\` trains with it. Every loss is a defense under its own name. A defense with the parameter \`base\` is combined with any loss. \`withOutputs(defense, trained, task)\` puts an output defense before a finished model, \`outputFilter(defense, tf, { classes })\` before plain logits.`;

const measuredIntroduction = `## Measured on Location30

Split \`fifths\` (1,002 members), 446-1024-512-256-128-30 with tanh, the recipe \`study\` (40 epochs), one shadow model trained as the target was. Command: \`npx tsx data/results/make-defenses.ts\`. Means over the seeds; **one seed is an anecdote**, and with three the smallest AUC difference that can be told from noise is about 0.02.

- *Loss attack*: TPR - FPR at cuts a class that the shadow model set, and AUC of the raw score.
- *Best attack*: the largest mean AUC among correctness, confidence, entropy, modified entropy, loss, largest confidence, hinge and a neural network that learns from the shadow model. The choice among eight biases it upward a little. None of them is adaptive: a defense that stands here may fall to an attack made for it.
- *Its change*: that AUC minus the best attack's on cross-entropy, over the same seeds, with the paired 95 % t interval.
- *Cost*: CPU time of the training with all of its teachers, as a multiple of cross-entropy's.
- *Privacy*: whether that moved as the source says: lower by at least 0.02, with an interval below 0 where there are several seeds («no more privacy»: not lower by that much). The sign counts, not the size: a source may promise far more than the change that is seen here. A loss of accuracy of 3 points or more is told.

Of 30 classes the most frequent one is a few percent of the records: a method with a test accuracy below about 0.1 has not learned, and its privacy means nothing (pure concave losses start with a gradient near 0). Settings are the defaults unless named; nothing was tuned to this data set, so a defense that does badly here may do better with another setting.`;

const columns = [
  'defense',
  'seeds',
  'test acc.',
  'member acc.',
  'loss attack',
  'AUC',
  'best attack (AUC)',
  'its change',
  'cost',
  'claim',
  'privacy',
];

const dataInWords = {
  inference: 'an inference set: records that are neither members nor non-members',
} as const;

/** docs/defenses.md: every defense from the registry, with what was measured, and what is left out. */
export function defensesDocument(runs: readonly MeasuredRun[]): string {
  const all = describeDefenses();
  const rows = measuredRows(runs);
  const own = all.filter(({ isLoss }) => !isLoss);
  const losses = all.filter(({ isLoss }) => isLoss);
  const left = Object.entries(leftOutDefenses).map(([name, reason]) => `- **${name}**: ${escaped(reason)}.`);
  return [
    opening,
    measuredIntroduction,
    '### Defenses',
    table([...losses.filter(({ name }) => name === 'ce'), ...own], rows),
    '### Losses',
    table(losses, rows),
    ...own.map(section),
    `## Losses\n\n${losses.map(lossLine).join('\n')}`,
    `## Left out\n\n${left.join('\n')}`,
  ]
    .join('\n\n')
    .concat('\n');
}

function table(defenses: readonly DefenseDescription[], rows: readonly MeasuredRow[]): string {
  const body = defenses.flatMap((defense) => {
    const measured = rows.filter(({ name }) => name === defense.name);
    // The defaults first.
    const sorted = [...measured].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
    if (sorted.length === 0)
      return [[defense.name, ...columns.slice(1, -2).map(() => ''), defense.claim, 'not measured']];
    return sorted.map((row) => cellsOf(defense, row));
  });
  return [columns, columns.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellsOf(defense: DefenseDescription, row: MeasuredRow): string[] {
  const share = (value: number): string => value.toFixed(3);
  return [
    `${defense.name}: ${escaped(row.label)}`,
    row.seeds === 1 ? '**1**' : String(row.seeds),
    share(row.testAccuracy),
    share(row.memberAccuracy),
    share(row.lossAdvantage),
    share(row.lossAuc),
    `${row.best.name} (${share(row.best.auc)})`,
    row.name === 'ce' ? '' : changeInWords(row),
    row.name === 'ce' ? '1' : row.cost.toFixed(row.cost < 9.95 ? 1 : 0),
    escaped(defense.claim),
    verdict(row, defense.promise),
  ];
}

function section({ name, title, source, changes, needs, parameters, claim }: DefenseDescription): string {
  const lines: readonly (readonly [string, string])[] = [
    ['Source', escaped(source)],
    ['Changes', changes.join(', ')],
    ['Needs', needs.length === 0 ? 'the members only' : needs.map((need) => dataInWords[need]).join('; ')],
    ['Says', escaped(claim)],
    ...parameters.map((parameter): readonly [string, string] => [
      `\`${parameter.name}\``,
      `${escaped(parameter.meaning)}; ${escaped(parameter.range)}, default \`${parameter.default}\``,
    ]),
  ];
  return `## ${name}\n\n${escaped(title)}\n\n${lines.map(([what, text]) => `- ${what}: ${text}`).join('\n')}`;
}

function lossLine({ name, title, source }: DefenseDescription): string {
  return `- \`${name}\`: ${escaped(title)}. ${escaped(source)}`;
}

/** What Markdown would read as markup. */
function escaped(text: string): string {
  return text.replace(/[\\*_<>[\]|]/g, (sign) => `\\${sign}`);
}
