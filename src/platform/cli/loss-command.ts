import CliTable from 'cli-table3';
import { Command } from 'commander';
import { badInput, UserError } from '../../errors';
import type { ProbabilityLoss } from '../../losses/loss';
import { lossFromData, lossNames, losses, type LossName } from '../../losses/registry';
import { lossOption, lossParameters, numberOrText, numbers } from './option-values';
import { definedIn } from '../../source-place';

/** `ccl loss NAME`: value, slope, curvature and logit weight of a loss at some confidences. */
export function lossCommand(): Command {
  const command = new Command('loss')
    .description('print value, slope, curvature and logit weight of a loss at some confidences')
    .addHelpText(
      'after',
      '\nExamples:\n  npx ccl loss ccel --alpha 0.5 --p 0.1,0.5,0.9 --json\n  npx ccl loss convex-concave --convex focal --set convex.gamma=1\n\n`npx ccl loss NAME --help` tells the options of a loss.',
    );
  for (const name of lossNames) command.addCommand(oneLossCommand(name));
  return command;
}

function oneLossCommand(name: LossName): Command {
  const { title, formula, reference } = losses[name];
  const command = new Command(name).description(`${title}: ${formula}`);
  for (const { name: parameter, range, default: usual, meaning } of lossParameters(name)) {
    command.option(`--${parameter} <value>`, `${meaning}; ${range} (default: ${usual})`, numberOrText);
  }
  return command
    .option('--set <option=value>', 'the same in another form; may be repeated', lossOption)
    .option('--p <list>', 'confidences in [0, 1]', numbers, [0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
    .option('--json', 'print an array of {p, value, slope, curvature, weight}')
    .addHelpText('after', `\nSource: ${reference}`)
    .action((options: Record<string, unknown>) => printLoss(name, options));
}

function printLoss(name: LossName, options: Record<string, unknown>): void {
  const { json, p, set, ...given } = options as { json?: true; p: number[]; set?: Record<string, unknown> };
  const loss = lossFromData(name, { ...set, ...given });
  if (loss.kind !== 'p') {
    const why =
      loss.kind === 'logits' ? 'needs all logits of a record' : 'exists for a whole batch of records only';
    const known = lossNames.filter((other) => losses[other].kind === 'p');
    throw new UserError(
      `${loss.label} ${why}, so it has no value at a confidence p. Choose a loss of kind p: ${known.join(', ')}.`,
    );
  }
  const rows = p.map((at) => pointOf(loss, at));
  process.stdout.write(
    json === true ? `${JSON.stringify(rows, finiteOrText, 2)}\n` : asTable(name, loss, rows),
  );
}

interface Point {
  readonly p: number;
  readonly value: number;
  readonly slope: number;
  readonly curvature: number;
  readonly weight: number;
}

function pointOf(loss: ProbabilityLoss, p: number): Point {
  if (!(p >= 0 && p <= 1)) throw badInput('p', p, 'must be in [0, 1]', 'Give confidences, e.g. --p 0.1,0.5');
  return {
    p,
    value: loss.value(p),
    slope: loss.slope(p),
    curvature: loss.curvature(p),
    weight: loss.weight(p),
  };
}

/** JSON has no Infinity; the text says it, where null would hide it. */
function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function asTable(name: LossName, loss: ProbabilityLoss, rows: readonly Point[]): string {
  const table = new CliTable({
    head: ['p', 'value', 'slope', 'curvature', 'weight'],
    colAligns: ['right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { p, value, slope, curvature, weight } of rows) {
    table.push([p, value, slope, curvature, weight].map((x) => String(Number(x.toPrecision(8)))));
  }
  const { formula } = losses[name];
  return `${loss.label}: ${formula}${loss.options.beta === 1 ? '' : ', times beta'}\n${table.toString()}\n`;
}

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
