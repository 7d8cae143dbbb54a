import { join } from 'node:path';
import { writeFileWhole } from '../../src/platform/formats/write-file';

/** Writes a file of this folder with its rows, the last thing in it, one a line: so a difference shows which changed. */
export function writeRows(file: string, head: object, name: string, rows: readonly object[]): void {
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
  const text = JSON.stringify({ ...head, [name]: [] }, null, 1).replace('[]', `[\n${lines}\n ]`);
  writeFileWhole(join(__dirname, file), `${text}\n`);
}
