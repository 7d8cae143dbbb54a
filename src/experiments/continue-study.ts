import { existsSync } from 'node:fs';
import { dataName, requireRecords, studyDataset } from '../data/data-file';
import { UserError } from '../errors';
import { jsonDifferences } from '../platform/formats/json-text';
import { writeFileWhole } from '../platform/formats/write-file';
import { attackBehaviorsOf, settingsOf, sumUp } from './analyze';
import { behaviorOf } from './behavior/behavior';
import { madeBy } from './made';
import { readStudyResult, type RunResult, type StudyResult } from './study-result';
import { type RunStudyOptions, runUnits, type StudyUnit } from './run-study';
import type { Study } from './study';
import type { StudyDefense } from './study-defenses';

/**
 * What a result lacks of a study: the defenses of a seed that were not attacked when it was written, seed by seed.
 *
 * @throws UserError if the result is of another study: another name, other data, split or settings of the training
 */
export function missingUnits(study: Study, known: StudyResult | null): StudyUnit[] {
  if (known !== null) requireSameStudy(study, known);
  const usable = withSameAttacks(study, known);
  return study.seeds.flatMap((seed) =>
    study.defenses
      .filter((defense) => runOf(usable, defense, seed) === undefined)
      .map((defense) => ({ defense, seed })),
  );
}

/**
 * Goes on with a study where a kept result ends: trains and attacks only the defenses of a seed that the result lacks, and
 * sums up all of them. The blocks of the known targets are not needed.
 *
 * @param onResult told after each defense of a seed, so that the result can be kept; the last one is returned
 * @throws what `runStudy` throws; UserError if the result is of another study
 */
export async function continueStudy(
  study: Study,
  known: StudyResult | null,
  { onResult, ...options }: RunStudyOptions & { readonly onResult?: (result: StudyResult) => void },
): Promise<StudyResult> {
  let result = withSameAttacks(study, known);
  const units = missingUnits(study, known);
  if (units.length === 0) return known!;
  // A file of one's own may have been changed since.
  if (known !== null && typeof study.data !== 'string') {
    requireRecords(await studyDataset(study.data), known.data.sha256);
  }
  await runUnits(study, units, {
    ...options,
    onUnit(added) {
      result = merged(study, result, added);
      onResult?.(result);
      options.onUnit?.(added);
    },
  });
  return result!;
}

/**
 * The same from and into a file: the result is written, as `compactResult` gives it, after each defense of a seed, and what
 * the file has is not trained again, whether its blocks are there or not.
 *
 * @param onResult told when the file has been written
 * @throws what `continueStudy` throws; UserError if the file is there and no result, or cannot be written
 */
export function continueStudyFile(
  study: Study,
  file: string,
  { onResult, ...options }: RunStudyOptions & { readonly onResult?: (result: StudyResult) => void },
): Promise<StudyResult> {
  const known = existsSync(file) ? readStudyResult(file) : null;
  return continueStudy(study, known, {
    ...options,
    onResult(result) {
      writeFileWhole(file, `${JSON.stringify(compactResult(result))}\n`);
      onResult?.(result);
    },
  });
}

/** All runs of both results, in the order of the study. Defenses may still lack seeds, or all of them. */
function merged(study: Study, known: StudyResult | null, added: StudyResult): StudyResult {
  const runs = new Map(
    study.defenses.map((defense) => [
      defense.key,
      study.seeds.flatMap((seed) => runOf(added, defense, seed) ?? runOf(known, defense, seed) ?? []),
    ]),
  );
  const defenses = study.defenses.filter(({ key }) => runs.get(key)!.length > 0);
  const seeds = study.seeds.filter((seed) => [...runs.values()].flat().some((run) => run.seed === seed));
  const blocks = {
    trained: (known?.blocks.trained ?? 0) + added.blocks.trained,
    reused: (known?.blocks.reused ?? 0) + added.blocks.reused,
  };
  const whole = sumUp({ ...study, seeds, defenses }, (key) => runs.get(key)!, { ...added, blocks });
  // Nobody knows it of the runs of an earlier version.
  const { attackBehaviors } = known === null || known.attackBehaviors !== undefined ? whole : known;
  return { ...whole, attackBehaviors, made: madeBy({ ...study, seeds, defenses }) };
}

/**
 * The result, or null where it lacks an attack of the study, or one that computed other scores than it does now. Results
 * of earlier versions do not tell.
 */
function withSameAttacks(study: Study, known: StudyResult | null): StudyResult | null {
  const had = known?.attackBehaviors;
  if (had === undefined) return known;
  const now = Object.entries(attackBehaviorsOf(study));
  return now.every(([key, behavior]) => had[key] === behavior) ? known : null;
}

/** A run of this defense that computed what it computes now. */
function runOf(
  result: StudyResult | null,
  { key, defense }: StudyDefense,
  seed: number,
): RunResult | undefined {
  const found = result?.defenses.find((each) => each.key === key);
  const isSame = found !== undefined && found.behavior === behaviorOf(defense);
  return isSame ? found.runs.find((run) => run.seed === seed) : undefined;
}

function requireSameStudy(study: Study, known: StudyResult): void {
  // A result that is not finished has fewer seeds.
  const [had, wanted] = [known.settings, settingsOf(study)].map((each) => ({ ...each, seeds: [] }));
  const [differing] = jsonDifferences(had, wanted);
  const what =
    known.name !== study.name
      ? `is of the study ${known.name}`
      : known.data.name !== dataName(study.data)
        ? `is on ${known.data.name}`
        : differing === undefined
          ? null
          : `has ${differing.path} ${JSON.stringify(differing.a)} instead of ${JSON.stringify(differing.b)}`;
  if (what === null) return;
  throw new UserError(
    `The kept result ${what}, so the study ${study.name} cannot go on with it. Remove it, or run the study anew.`,
  );
}

/**
 * A result as it is committed: without the losses of single records (exported blocks have them), numbers with six
 * significant digits.
 */
export function compactResult(result: StudyResult): StudyResult {
  const compact = JSON.parse(JSON.stringify(result, compacted)) as StudyResult;
  const defenses = compact.defenses.map((defense, i) => {
    const { options, recipe } = result.defenses[i];
    return { ...defense, options, recipe };
  });
  // What was chosen, not measured, keeps all digits.
  const made = result.made === undefined ? {} : { made: result.made };
  return { ...compact, settings: result.settings, model: result.model, ...made, defenses };
}

const losses = new Set(['memberLosses', 'nonMemberLosses']);

function compacted(name: string, value: unknown): unknown {
  if (losses.has(name)) return [];
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
