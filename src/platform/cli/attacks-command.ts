import { Command } from 'commander';
import { attacksDocument, describeAttacks, leftOutAttacks } from '../../attacks/describe';
import { definedIn } from '../../source-place';
import { printJson } from './printed';

/** `ccl attacks`: every attack with its score, threat model, needs, cost, options and source. */
export function attacksCommand(): Command {
  return new Command('attacks')
    .description('list all attacks with score, threat model, needs, cost, options and source')
    .option('--json', 'print them as JSON')
    .option('--markdown', 'print docs/attacks.md')
    .action(({ json, markdown }: { json?: true; markdown?: true }) => {
      if (json === true) printJson({ attacks: placedAttacks(), leftOut: leftOutAttacks });
      else process.stdout.write(markdown === true ? attacksDocument() : asText());
    });
}

function placedAttacks() {
  return describeAttacks().map((each) => ({ ...each, file: definedIn('attacks', each.name) }));
}

function asText(): string {
  const entries = placedAttacks().map(
    ({ name, title, formula, threatModel, needs, cost, options, reference, file }) =>
      [
        `${name}: ${title}`,
        `    ${formula}`,
        `    knows: ${threatModel}`,
        `    needs: ${needs.join(', ') || "the target's outputs"}; costs: ${cost.queries}; ${cost.models}`,
        ...options.map(
          (option) =>
            `    ${option.name}: ${option.meaning} (${option.values}${option.byDefault === undefined ? '' : `, default ${option.byDefault}`}; ${option.source})`,
        ),
        `    ${reference}`,
        ...(file === null ? [] : [`    ${file}`]),
      ].join('\n'),
  );
  const omitted = Object.entries(leftOutAttacks).map(([name, reason]) => `    ${name}: ${reason}`);
  return `${[...entries, ['Left out:', ...omitted].join('\n')].join('\n\n')}\n`;
}
