import { UserError } from '../errors';
import type { NumericArray } from '../formats/numeric-array';
import { joined } from '../math/joined';
import { memorySource, type SignalSource } from './signal-source';
import { isText, type TablePart, type TableRows } from './table-rows';

/** The arrays [models, records, ...] that a table holds. */
export function rowsToArrays(table: TableRows): SignalSource {
  const models = [...table.parts.keys()].sort((a, b) => a - b);
  if (models.length === 0)
    throw new UserError(`${table.path} has no rows. Store one for each model and record.`);
  models.forEach((model, m) => {
    if (model === m) return;
    throw new UserError(
      `${table.path} has no rows of model ${m}, but of model ${model}. Count models from 0.`,
    );
  });
  const arrays: Record<string, NumericArray | readonly string[]> = {};
  const parts = models.map((model) => table.parts.get(model)!);
  checkEqualRows(table, parts);
  for (const { name, shape } of table.columns) {
    if (name === 'model' || name === 'population') continue;
    if (isText(name)) arrays[name] = sameInAll(table, parts, name, (part) => part.texts.get(name)!);
    else addNumbers(table, parts, name, shape, arrays);
  }
  if (parts[0][1].rows > 0) addPopulation(table, parts, arrays);
  const source = memorySource(table.path, arrays);
  return { ...source, names: [...source.names, ...table.unused] };
}

function checkEqualRows({ path }: TableRows, parts: readonly (readonly [TablePart, TablePart])[]): void {
  parts.forEach((pair, m) => {
    for (const side of [0, 1] as const) {
      if (pair[side].rows === parts[0][side].rows) continue;
      throw new UserError(
        `${path} has ${pair[side].rows} ${side === 0 ? '' : 'population '}rows of model ${m}, but ` +
          `${parts[0][side].rows} of model 0. Store the same records for every model.`,
      );
    }
  });
}

function addNumbers(
  table: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  name: string,
  shape: readonly number[],
  arrays: Record<string, NumericArray | readonly string[]>,
): void {
  const list = parts.map(([part]) => part.numbers.get(name)!);
  const n = parts[0][0].rows;
  const { dtype } = list.reduce((a, b) => (b.dtype === 'float64' ? b : a));
  const perRecord = name === 'labels' || name === 'canaries';
  if (perRecord) {
    const data = sameInAll(table, parts, name, (part) => part.numbers.get(name)!.take());
    arrays[name] = { dtype, shape: [n], data };
  } else if (name === 'randomized_membership') {
    arrays[name] = { dtype, shape: [1], data: list[0].take().slice(0, 1) };
  } else {
    arrays[name] = {
      dtype,
      shape: [parts.length, n, ...shape],
      data: joined(
        Float64Array,
        list.map((l) => l.take()),
      ),
    };
  }
}

function addPopulation(
  table: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  arrays: Record<string, NumericArray | readonly string[]>,
): void {
  const name = 'logits' in arrays ? 'logits' : 'probabilities';
  const column = table.columns.find((known) => known.name === name);
  if (column === undefined) return;
  const z = parts[0][1].rows;
  const labels = sameInAll(
    table,
    parts.map(([records, population]) => [population, records] as const),
    'labels',
    (part) => part.numbers.get('labels')!.take(),
  );
  const { dtype } = parts[0][1].numbers.get('labels')!;
  arrays.population_labels = { dtype, shape: [z], data: labels };
  const data = joined(
    Float64Array,
    parts.map(([, population]) => population.numbers.get(name)!.take()),
  );
  arrays[`population_${name}`] = { dtype: 'float64', shape: [parts.length, z, ...column.shape], data };
}

/** What must be the same for each model; that of the first one. */
function sameInAll<List extends ArrayLike<string | number>>(
  { path }: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  name: string,
  of: (part: TablePart) => List,
): List {
  const first = of(parts[0][0]);
  parts.forEach(([part], m) => {
    const other = of(part);
    for (let i = 0; i < first.length; i++) {
      if (other[i] === first[i]) continue;
      throw new UserError(
        `${name} of record ${i} in ${path} is ${first[i]} for model 0 and ${other[i]} for model ${m}, but all models ` +
          'must have the same records in the same order. Sort the rows of each model alike.',
      );
    }
  });
  return first;
}
