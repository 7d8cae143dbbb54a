import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import { study, type Study } from '../../experiments/study';
import { jsonDifferences, type Difference } from '../formats/json-differences';
import { findStudy } from '../../studies/registry';
import { printJson } from './json-output';

/** `ccl study diff`. */
export async function diffStudies(a: string, b: string, { json }: { readonly json?: true }): Promise<void> {
  const [first, second] = [a, b].map((name) => study(findStudy(name)));
  const differences = jsonDifferences(comparable(first), comparable(second));
  const defenses = {
    onlyA: only(first, second),
    onlyB: only(second, first),
  };
  const [left, right] = [await blockIds(first), await blockIds(second)];
  const shared = left.filter((id) => right.includes(id)).length;
  const blocks = { a: left.length, b: right.length, shared };
  if (json === true)
    return printJson({
      ...{ schema: 'ccl-lab/study-diff/2', differences, defenses, blocks },
      made: { a: madeBy(first), b: madeBy(second) },
    });
  const lines = [
    ...differences.map(differenceLine),
    ...defenses.onlyA.map((key) => `defense only in ${a}: ${key}`),
    ...defenses.onlyB.map((key) => `defense only in ${b}: ${key}`),
  ];
  process.stdout.write(
    `${(lines.length === 0 ? ['No difference.'] : lines).join('\n')}\n` +
      `Blocks: ${blocks.a} and ${blocks.b}, ${shared} of them the same.\n`,
  );
}

/** Defenses are compared by their keys, since their order shifts. */
function comparable({ defenses, attacks, ...rest }: Study): Record<string, unknown> {
  return { ...rest, attacks: attacks.map(({ key }) => key), baseline: defenses[0].key };
}

function only({ defenses }: Study, other: Study): string[] {
  const known = new Set(other.defenses.map(({ key }) => key));
  return defenses.map(({ key }) => key).filter((key) => !known.has(key));
}

function blockIds(chosen: Study): Promise<string[]> {
  return withLocalPlan(chosen, ({ plan }) => plan.blocks.map(({ id }) => id));
}

function differenceLine({ path, a, b }: Difference): string {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${path}: ${shown(a)} | ${shown(b)}`;
}
