import { Command } from 'commander';
import { defensesDocument } from '../../defenses/defenses-document';
import { describeDefense, describeDefenses, type DefenseDescription } from '../../defenses/describe-defenses';
import { leftOutDefenses } from '../../defenses/registry';
import { definedIn } from '../../source-place';
import { changeInWords, measuredRows, measuredRuns, verdict } from '../../defenses/measured';
import { printJson } from './printed';

interface Options {
  json?: true;
  markdown?: true;
}

/** `ccl defenses [name]`: every defense, or all about one. */
export function defensesCommand(): Command {
  return new Command('defenses')
    .description(
      'list all defenses, or show one: source, what it changes and needs, parameters, claim, measured numbers',
    )
    .argument('[name]', 'a defense or a loss')
    .option('--json', 'print as JSON')
    .option('--markdown', 'print docs/defenses.md')
    .action((name: string | undefined, { json, markdown }: Options) => {
      if (markdown === true) process.stdout.write(defensesDocument(measuredRuns()));
      else if (name !== undefined) showOne(describeDefense(name), json === true);
      else showAll(json === true);
    });
}

function showOne(defense: DefenseDescription, asJson: boolean): void {
  if (asJson) printJson({ ...defense, file: fileOf(defense), measured: rowsOf(defense) });
  else process.stdout.write(fullText(defense));
}

function showAll(asJson: boolean): void {
  const all = describeDefenses();
  if (asJson) return printJson({ defenses: all, leftOut: leftOutDefenses });
  const left = Object.entries(leftOutDefenses).map(([name, reason]) => `    ${name}: ${reason}`);
  process.stdout.write(`${[...all.map(shortText), ['Left out:', ...left].join('\n')].join('\n')}\n`);
}

function shortText({ name, title, changes, needs }: DefenseDescription): string {
  return `${name}: ${title} (changes ${changes.join(', ')}${needs.length === 0 ? '' : `; needs ${needs.join(', ')}`})`;
}

function fullText(defense: DefenseDescription): string {
  const { source, parameters, claim } = defense;
  return `${[
    shortText(defense),
    `    source: ${source}`,
    `    says: ${claim}`,
    ...(fileOf(defense) === null ? [] : [`    file: ${fileOf(defense)}`]),
    ...parameters.map(
      (parameter) =>
        `    ${parameter.name}: ${parameter.meaning}; ${parameter.range}, default ${parameter.default}`,
    ),
    ...rowsOf(defense).map(
      (row) =>
        `    on Location30, ${row.label}, ${row.seeds === 1 ? '1 seed' : `${row.seeds} seeds`}: test accuracy ${row.testAccuracy.toFixed(3)}, ` +
        `members ${row.memberAccuracy.toFixed(3)}, loss attack ${row.lossAdvantage.toFixed(3)} (AUC ${row.lossAuc.toFixed(3)}), ` +
        `best attack ${row.best.name} (AUC ${row.best.auc.toFixed(3)}, against ce ${changeInWords(row)}), ${row.cost.toFixed(1)} x the cost of ce; ${verdict(row, defense.promise)}`,
    ),
  ].join('\n')}\n`;
}

function fileOf({ name, isLoss }: DefenseDescription): string | null {
  return definedIn(isLoss ? 'losses' : 'defenses', name);
}

function rowsOf({ name }: DefenseDescription): ReturnType<typeof measuredRows> {
  return measuredRows(measuredRuns()).filter((row) => row.name === name);
}
