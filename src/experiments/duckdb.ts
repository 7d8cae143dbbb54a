import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** A table as DuckDB answers: names of columns, and rows of values. */
export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Runs statements in a database of their own in memory, which loads no extension from anywhere.
 *
 * @returns the answer of the last statement
 */
export async function runSql(...statements: readonly string[]): Promise<SqlAnswer> {
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
  const instance: DuckDBInstance = await Instance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection: DuckDBConnection = await instance.connect();
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
