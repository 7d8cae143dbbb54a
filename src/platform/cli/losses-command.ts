import { Command } from 'commander';
import { lossNames, losses, type LossName } from '../../losses/registry';
import { definedIn } from '../../source-place';
import { lossParameters } from './loss-options';

/** `ccl losses`: every loss with its kind, formula, parameters and source. */
export function lossesCommand(): Command {
  return new Command('losses')
    .description('list all losses with kind, formula, parameters and source')
    .option('--json', 'print them as JSON')
    .action(({ json }: { json?: true }) => {
      const all = lossNames.map(describeLoss);
      process.stdout.write(json === true ? `${JSON.stringify(all, null, 2)}\n` : asText(all));
    });
}

function describeLoss(name: LossName) {
  const { kind, title, formula, reference } = losses[name];
  const parameters = lossParameters(name);
  return { name, kind, title, formula, parameters, source: reference, file: definedIn('losses', name) };
}

function asText(all: readonly ReturnType<typeof describeLoss>[]): string {
  const entries = all.map(({ name, kind, title, formula, parameters, source, file }) => {
    const lines = parameters
      .filter((parameter) => parameter.name !== 'beta')
      .map((parameter) => {
        const range = parameter.range.includes('|') ? 'a loss of kind p' : `in ${parameter.range}`;
        return `    ${parameter.name}: ${parameter.meaning}, ${range.replace('in whole', 'whole')}, default ${parameter.default}`;
      });
    const place = file === null ? [] : [`    ${file}`];
    return [`${name} (kind ${kind}): ${title}`, `    ${formula}`, ...lines, `    ${source}`, ...place].join(
      '\n',
    );
  });
  const closing =
    'Every loss also takes beta, a positive factor on the whole, default 1. Kind p: a function f of the true-class ' +
    'probability p; kind logits: needs all logits z of a record; kind batch: one value for a batch. u = -ln p.';
  return `${[...entries, closing].join('\n\n')}\n`;
}
