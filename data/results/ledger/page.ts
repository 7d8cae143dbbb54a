import { valueText, type Claim, type Verdict } from './claim';
import { defenseClaims } from './defense-claims';
import { comparePaper, paperTable, type PaperNumber } from './paper-numbers';
import { studyClaims } from './study-claims';
import { theoryClaims } from './theory-claims';
import { trainingClaims } from './training-claims';
import { weightDecayClaims } from './weight-decay';

/** All rows of the ledger. */
export function ledger(): Claim[] {
  return [
    ...theoryClaims(),
    ...weightDecayClaims(),
    ...defenseClaims(),
    ...studyClaims(),
    ...trainingClaims(),
  ];
}

/** docs/reproduction.md. */
export function ledgerPage(claims: readonly Claim[], numbers: readonly PaperNumber[]): string {
  const values = claims.flatMap((claim) => claim.values);
  const part = (letter: string): string => table(claims.filter(({ id }) => id.startsWith(letter)));
  return `# Reproduction: the paper’s claims and our numbers

Made by \`npx tsx data/results/make-ledger.ts\` from the library and the files of data/results; edit there. A test keeps the page equal to them.

**The body of the paper was not at hand** (Liu et al., ICML 2024, arXiv 2402.05453). Known are its title, abstract and the beginning of its introduction, the official code, the first author’s development code, and summaries by others. So claims stand here in our words, with where each comes from; theorems, tables and numbers of the paper could not be quoted, and a verdict is about the claim as it stands in the row.

${tally(claims)}

- *holds*, *does not hold here*: for formulas, by computation; for measurements, where the 95 % interval decides. «Here» is the setting in the row, and another setting may say otherwise.
- *not decided here*: measured, but the interval leaves it open. Three seeds decide little.
- *open: not measured yet*: no committed result speaks about it.

Intervals are Student’s t over seeds, differences paired by seed. They are not corrected for the number of rows: of twenty true «no difference» one would seem decided.

## Formulas and theory

${part('T')}

## Measured

All on Location30, real data of 30 classes, with the official network, except M20. What a network does there need not be what it does on the paper’s five data sets.

${part('M')}

## Open for long

What no study spoke about until late, or does not yet.

${part('O')}

## The paper’s own numbers

If you have the paper, enter its numbers in \`data/paper-numbers.csv\`, a line each: \`table\`, \`row\`, \`column\` (or metric), \`value\`, and in \`ours\` the key of a number of ours that measures the same, if there is one. \`npx tsx data/results/make-ledger.ts --keys\` lists the keys; \`npx tsx data/results/make-ledger.ts\` then compares.

${paperTable(comparePaper(numbers, values))}
`;
}

function tally(claims: readonly Claim[]): string {
  const verdicts: readonly Verdict[] = [
    'holds',
    'does not hold here',
    'not decided here',
    'open: not measured yet',
  ];
  const counts = verdicts.map(
    (verdict) => `${claims.filter((claim) => claim.verdict === verdict).length} ${verdict}`,
  );
  return `Of ${claims.length} rows: ${counts.join('; ')}.`;
}

function table(claims: readonly Claim[]): string {
  const rows = claims.map(({ id, claim, source, values, comment, command, verdict }) => [
    id,
    `${claim} *(${source})*`,
    [...values.map((value) => `${value.what}: ${valueText(value)}`), comment].join('<br>'),
    command,
    `**${verdict}**`,
  ]);
  const head = ['', 'claim (source)', 'our numbers', 'made by', 'verdict'];
  // A pipe in a cell would end it, also within code.
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  return [head, head.map(() => '---'), ...escaped].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
