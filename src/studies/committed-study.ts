import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { readStudyResult, type StudyResult } from '../experiments/study-result';
import { Store } from '../experiments/store/store';
import { unknownName } from '../options';
import { projectRoot } from '../paths';
import { offering } from '../running-cell';

const folder = join(projectRoot, 'data', 'results');
const results = join(folder, 'studies');

/** Names of the studies whose results are in the repository. */
export function committedStudies(): string[] {
  if (!existsSync(results)) return [];
  return readdirSync(results)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/**
 * The result of a study as it is committed (data/results/studies), without the losses of single records.
 *
 * @throws UserError for a study without a committed result
 *
 * @example
 * ```ts
 * import { committedStudy } from 'ccl-lab';
 *
 * console.log(committedStudy('canaries').defenses.length > 1); // prints true
 * ```
 */
export function committedStudy(name: string): StudyResult {
  const names = committedStudies();
  if (!names.includes(name)) throw unknownName('committed study', name, names);
  return readStudyResult(join(results, `${name}.json`));
}

offering(committedStudy, () => committedStudies());

/**
 * The store of the committed blocks, without weights and logits: for `query`. Of which models, data/results/README.md says.
 *
 * @throws UserError if it is not there, as in the package of `npm pack`
 */
export function committedStore(): Store {
  const place = join(folder, 'store');
  if (existsSync(place)) return Store.openExisting(place);
  throw new UserError(
    'There are no committed blocks here: data/results/store is missing. Take the whole repository.',
  );
}
