import { splits } from '../data/split';
import { UserError } from '../errors';
import { settingsOf, sumUp } from './analyze';
import type { Method } from './method';
import { runStudy, type RunStudyOptions } from './run-study';
import type { Study } from './study';
import type { RunResult, StudyResult } from './study-result';

/** The targets of one seed that a result lacks. */
export interface MissingRuns {
  readonly seed: number;
  readonly methods: readonly Method[];
}

/**
 * What a result lacks of a study: methods and seeds that were not trained when it was written.
 *
 * @throws UserError if the result is of another study: another name, other data, split or settings of the training
 */
export function missingRuns(study: Study, known: StudyResult | null): MissingRuns[] {
  if (known !== null) requireSameStudy(study, known);
  return study.seeds.flatMap((seed) => {
    const methods = study.methods.filter(({ key }) => runOf(known, key, seed) === undefined);
    return methods.length === 0 ? [] : [{ seed, methods }];
  });
}

/**
 * Goes on with a study where a kept result ends: trains and attacks only the targets that the result lacks, one seed after
 * the other, and sums up all of them. The blocks of the known targets are not needed.
 *
 * @param onResult told of each state on the way, so that it can be kept; the last one is returned
 * @throws what `runStudy` throws; UserError if the result is of another study
 */
export async function continueStudy(
  study: Study,
  known: StudyResult | null,
  { onResult, ...options }: RunStudyOptions & { readonly onResult?: (result: StudyResult) => void },
): Promise<StudyResult> {
  let result = known;
  for (const { seed, methods } of missingRuns(study, known)) {
    const added = await runStudy({ ...study, methods, seeds: [seed] }, options);
    result = merged(study, result, added);
    onResult?.(result);
  }
  return result!;
}

/** All runs of both results, in the order of the study. A seed that is not finished is left out of the settings. */
function merged(study: Study, known: StudyResult | null, added: StudyResult): StudyResult {
  const find = (key: string, seed: number): RunResult | undefined =>
    runOf(added, key, seed) ?? runOf(known, key, seed);
  const seeds = study.seeds.filter((seed) => study.methods.some(({ key }) => find(key, seed) !== undefined));
  const methods = study.methods.filter(({ key }) => seeds.every((seed) => find(key, seed) !== undefined));
  const blocks = {
    trained: (known?.blocks.trained ?? 0) + added.blocks.trained,
    reused: (known?.blocks.reused ?? 0) + added.blocks.reused,
  };
  return sumUp({ ...study, seeds, methods }, (key) => seeds.map((seed) => find(key, seed)!), {
    ...added,
    blocks,
  });
}

function runOf(result: StudyResult | null, key: string, seed: number): RunResult | undefined {
  return result?.methods.find((method) => method.key === key)?.runs.find((run) => run.seed === seed);
}

function requireSameStudy(study: Study, known: StudyResult): void {
  const [wanted, had] = [settingsOf(study), known.settings];
  // A result that is not finished has fewer seeds.
  const differing = [...new Set([...Object.keys(wanted), ...Object.keys(had)])].find(
    (name) => name !== 'seeds' && wanted[name] !== had[name],
  );
  const what =
    known.name !== study.name
      ? `is of the study ${known.name}`
      : known.data.name !== study.data
        ? `is on ${known.data.name}`
        : known.split !== splits[study.split.name].title
          ? `has another split (${known.split})`
          : differing === undefined
            ? null
            : `has ${differing} ${String(had[differing])} instead of ${String(wanted[differing])}`;
  if (what === null) return;
  throw new UserError(
    `The kept result ${what}, so the study ${study.name} cannot go on with it. Remove it, or run the study anew.`,
  );
}
