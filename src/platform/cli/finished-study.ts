import type { Dataset } from '../../data/dataset';
import { UserError } from '../../errors';
import type { ComputeEnvironment } from '../../experiments/block';
import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import type { Plan } from '../../experiments/plan';
import { openStore, type Store } from '../../experiments/store/store';
import { missingIn, studyResult } from '../../experiments/run-study';
import { study, type Study } from '../../experiments/study';
import type { StudyResult } from '../../experiments/study-result';
import { findStudy } from '../../studies/registry';
import { shellWord } from './shell-word';

/** A study whose blocks are all in a store, with its plan on this machine. */
export interface FinishedStudy {
  readonly study: Study;
  readonly store: Store;
  readonly plan: Plan;
  readonly data: Dataset;
  readonly compute: ComputeEnvironment;
}

/**
 * What one makes of a study whose blocks are all in the store of an output folder; nothing is trained.
 *
 * @param name of a study, or its file
 * @throws UserError if a block is missing, or as `study` and `openStore`
 */
export async function withFinished<T>(
  name: string,
  out: string,
  work: (finished: FinishedStudy) => Promise<T>,
): Promise<T> {
  const chosen = study(findStudy(name));
  const store = openStore(out);
  return withLocalPlan(chosen, async ({ plan, data, compute }) => {
    const missing = missingIn(plan, store).length;
    if (missing > 0) {
      throw new UserError(
        `${missing} of ${plan.blocks.length} blocks of ${chosen.name} are not in the store. Train them first: npx ccl study run ${shellWord(name)}`,
      );
    }
    return work({ study: chosen, store, plan, data, compute });
  });
}

/**
 * The result of such a study.
 *
 * @param command that gives the same result where nothing is trained yet
 */
export function finishedStudy(
  name: string,
  out: string,
  command = `npx ccl study run ${shellWord(name)}`,
): Promise<StudyResult> {
  return withFinished(name, out, async (finished) => {
    const result = await studyResult(finished);
    const blocks = { trained: 0, reused: finished.plan.blocks.length };
    return { ...result, command, blocks, made: madeBy(finished.study) };
  });
}
