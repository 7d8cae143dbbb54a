import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors';
import { frameOf, type Frame } from '../data-frame';
import { catalogPlace, ofBlocks, type TableName, updateCatalog, type Catalog } from './catalog';
import { fileList, runSql, type SqlAnswer } from './duckdb';
import { openStore, Store } from './store';

export interface QueryOptions {
  /** A store or its folder; default that of the project. */
  readonly store?: Store | string;
}

/** Rows of a query, as plain JSON values. */
export interface QueryRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Asks a store in SQL (DuckDB), e.g. `query("select defense, avg(test_accuracy) from runs where role = 'target' group by
 * all")`. The views, each with `block` and `model` (its place in the block):
 * - `runs`: one row a model, with its settings and the numbers of its last evaluated epoch;
 * - `epochs`: one row a model and evaluated epoch;
 * - `records`: one row a model and record: losses, scaled logits, logits;
 * - `losses`: one row a model, evaluated epoch and record;
 * - `attacks`: one row a kept attack on a target.
 *
 * Whole numbers of any width become numbers.
 *
 * @returns a danfo DataFrame; a missing number is NaN (see `frame`)
 * @throws UserError for wrong SQL, or a whole number beyond 2^53 (cast it to DOUBLE or VARCHAR)
 *
 * @example
 * ```ts
 * import { openStore, query } from 'ccl-lab';
 *
 * const frame = await query('select count(*) as blocks from runs', { store: openStore('out') });
 * console.log(frame.columns); // prints blocks
 * ```
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Frame> {
  const { columns, rows } = await queryRows(sql, options);
  return frameOf(columns, rows);
}

/** The same as rows. */
export async function queryRows(sql: string, { store = openStore() }: QueryOptions = {}): Promise<QueryRows> {
  const opened = typeof store === 'string' ? Store.openExisting(store) : store;
  const place = catalogPlace(opened);
  try {
    const { columns, rows } = await answer(sql, opened, place.folder, true);
    return { columns, rows: rows.map((row) => row.map((value, i) => plain(value, columns[i]))) };
  } finally {
    place.remove();
  }
}

async function answer(sql: string, store: Store, at: string, retry: boolean): Promise<SqlAnswer> {
  try {
    return await runSql(...views(await updateCatalog(store, at), store), sql);
  } catch (error) {
    const { message } = error as Error;
    // Another process made the catalog anew meanwhile, or removed a block.
    if (retry && /^IO Error/.test(message)) return answer(sql, store, at, false);
    if (error instanceof UserError) throw error;
    throw new UserError(`The query failed. ${message}`);
  }
}

/** Columns that a view has even where nothing is in it. */
const columnsOf = {
  runs: `block varchar, model integer, role varchar, index integer, seed integer, part integer, data varchar,
    data_sha256 varchar, canaries varchar, split varchar, split_options varchar, network varchar, network_options varchar,
    augmentation varchar, augmentation_options varchar, defense varchar, options varchar, epochs integer,
    batch_size integer, learning_rate double, weight_decay double, recipe varchar, backend varchar,
    backend_version varchar, threads integer, gpu boolean, cpu varchar, keep varchar`,
  epochs: `block varchar, model integer, role varchar, index integer, epoch integer, train_accuracy double,
    test_accuracy double, ${['member', 'non_member'].map((side) => `${side}_mean double, ${side}_variance double, ${side}_median double, ${side}_q05 double, ${side}_q95 double, ${side}_max double`).join(', ')}`,
  records: `block varchar, model integer, role varchar, index integer, record integer, part varchar, label integer,
    member boolean, loss double, scaled_logit double, hinge double, correct boolean, logits float[]`,
  losses:
    'block varchar, model integer, epoch integer, record integer, member boolean, loss double, correct boolean',
  attacks: `result varchar, block varchar, model integer, attack varchar, options varchar, revision integer,
    shadows integer, auc double, auc_low double, auc_high double, advantage double, advantage_low double,
    advantage_high double, accuracy double, accuracy_low double, accuracy_high double`,
} as const satisfies Record<TableName, string>;

function views({ folder, large }: Catalog, store: Store): string[] {
  const from = (name: TableName): string => {
    const file = join(folder, `${name}.parquet`);
    const files =
      name === 'records' || name === 'losses'
        ? large.map((id) => join(store.blockFolder(id), `${name}.parquet`)).filter(existsSync)
        : [];
    return [
      `select * from empty_${name}`,
      ...(existsSync(file) ? [`select * from read_parquet(${fileList([file])})`] : []),
      ...(files.length > 0 ? [ofBlocks(files)] : []),
    ].join(' union all by name ');
  };
  return [
    ...Object.entries(columnsOf).map(([name, columns]) => `create table empty_${name} (${columns})`),
    `create view epochs as ${from('epochs')}`,
    `create view all_runs as ${from('runs')}`,
    `create view runs as select all_runs.* replace (nullif(part, -1) as part),
      last.* exclude (block, model, role, index, epoch), last.epoch as last_epoch
      from all_runs left join (from epochs qualify row_number() over (partition by block, model order by epoch desc) = 1) last
      using (block, model)`,
    `create view records as ${from('records')}`,
    `create view losses as ${from('losses')}`,
    `create view attacks as ${from('attacks')}`,
  ];
}

/** Values of DuckDB as JSON has them: whole numbers of any width as numbers, dates as ISO texts. */
function plain(value: unknown, column: string): unknown {
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new UserError(
      `Column ${column} has the number ${value}, which is beyond 2^53 and would lose digits. ` +
        `Ask for ${column}::DOUBLE or ${column}::VARCHAR.`,
    );
  }
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((inner) => plain(inner, column));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, column)]));
  }
  return value;
}
