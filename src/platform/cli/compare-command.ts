import CliTable from 'cli-table3';
import { Command } from 'commander';
import { compareRuns, type RunComparison } from '../../experiments/compare-runs';
import { defaultStore, Store } from '../../experiments/store/store';
import type { Interval } from '../../metrics/interval';
import { printJson } from './printed';

/** `ccl compare`: two finished runs, record by record. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('two finished runs on the same records: paired differences with 95 % intervals')
    .argument('<run>', 'id of its block, or the first digits; /3 behind it names a model of a block')
    .argument('<run>', 'another one; differences are the first minus the second')
    .option('--store <folder>', 'the store', defaultStore)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\n`ccl run` and `ccl store ls` tell the ids.\n\nExamples:\n  npx ccl compare 32b3257d b6536ce8\n  npx ccl compare 32b3 b653 --json',
    )
    .action(compare);
}

async function compare(
  first: string,
  second: string,
  { store, json }: { readonly store: string; readonly json?: true },
): Promise<void> {
  const found = await compareRuns(Store.open(store), first, second);
  if (json === true) printJson({ schema: 'ccl-lab/compare/1', ...found });
  else process.stdout.write(comparisonText(found));
}

function comparisonText({ first, second, settings, differences, records }: RunComparison): string {
  const table = new CliTable({
    head: ['', 'first', 'second', 'difference', 'p'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, values, difference, p } of differences) {
    table.push([
      name,
      ...values.map((value) => value.toPrecision(4)),
      withInterval(difference),
      p === null ? '' : p < 1e-4 ? '< 0.0001' : p.toFixed(4),
    ]);
  }
  return [
    `first:  ${first.title} (${first.id})`,
    `second: ${second.title} (${second.id})`,
    ...settings.map(({ path, a, b }) => `  ${path}: ${JSON.stringify(a)} | ${JSON.stringify(b)}`),
    table.toString(),
    `Paired over the same ${records.members} members and ${records.nonMembers} non-members; p-values are not corrected.`,
    'They speak of these two models; methods are compared over seeds, by a study.',
    '',
  ].join('\n');
}

function withInterval({ estimate, low, high }: Interval): string {
  const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
  return low === null || high === null
    ? `${signed(estimate)} (no interval)`
    : `${signed(estimate)} [${signed(low)}, ${signed(high)}]`;
}
