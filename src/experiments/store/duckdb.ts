import { notInstalled } from '../../errors';

/** A table as DuckDB answers: names of columns, and rows of values. */
export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** What is used of @duckdb/node-api. Its own 160 files of types would be read by every notebook that imports ccl-lab. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<Instance>;
  };
}
interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}
interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ deduplicatedColumnNames(): string[]; getRowsJS(): unknown[][] }>;
  closeSync(): void;
}

function loadDuckDb(): DuckDb {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand, and without its types
    return require('@duckdb/node-api') as DuckDb;
  } catch (error) {
    throw notInstalled(error, 'SQL over a store', '@duckdb/node-api');
  }
}

/**
 * Runs statements in a database of their own in memory, which loads no extension from anywhere.
 *
 * @returns the answer of the last statement
 */
export async function runSql(...statements: readonly string[]): Promise<SqlAnswer> {
  const { DuckDBInstance } = loadDuckDb();
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    for (const statement of statements.slice(0, -1)) await connection.run(statement);
    const reader = await connection.runAndReadAll(statements[statements.length - 1]);
    return { columns: reader.deduplicatedColumnNames(), rows: reader.getRowsJS() };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A list of files for read_parquet, in which characters of patterns stand for themselves. */
export function fileList(files: readonly string[]): string {
  return `[${files.map((file) => `'${file.replace(/[[*?]/g, '[$&]').replace(/'/g, "''")}'`).join(', ')}]`;
}
