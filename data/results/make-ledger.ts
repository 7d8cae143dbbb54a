/**
 * Makes docs/reproduction.md: the paper's claims beside our numbers, and the numbers of data/paper-numbers.csv.
 *
 *   npx tsx data/results/make-ledger.ts            writes the page
 *   npx tsx data/results/make-ledger.ts --keys     lists our values with their keys
 */
import { join } from 'node:path';
import { UserError } from '../../src/errors';
import { writeFileWhole } from '../../src/platform/formats/write-file';
import { projectRoot } from '../../src/paths';
import { valueText } from './ledger/claim';
import { ledger, ledgerPage } from './ledger/page';
import { readPaperNumbers } from './ledger/paper-numbers';

const claims = ledger();
try {
  if (process.argv.includes('--keys')) {
    for (const value of claims.flatMap(({ values }) => values)) {
      console.log(`${value.key}\t${valueText(value)}\t${value.what}`);
    }
  } else {
    writeFileWhole(join(projectRoot, 'docs', 'reproduction.md'), ledgerPage(claims, readPaperNumbers()));
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
