import { UserError } from '../../errors';
import { withLocalPlan } from '../../experiments/executors/open-executor';
import { openStore } from '../../experiments/store/store';
import { missingIn, studyResult } from '../../experiments/run-study';
import { study } from '../../experiments/study';
import type { StudyResult } from '../../experiments/study-result';
import { findStudy } from '../../studies/registry';
import { shellWord } from './shell-word';

/**
 * The result of a study whose blocks are all in the store of an output folder; nothing is trained.
 *
 * @param name of a study, or its file
 * @param command that gives the same result where nothing is trained yet
 * @throws UserError if a block is missing, or as `study` and `openStore`
 */
export async function finishedStudy(
  name: string,
  out: string,
  command = `npx ccl study run ${shellWord(name)}`,
): Promise<StudyResult> {
  const chosen = study(findStudy(name));
  const store = openStore(out);
  return withLocalPlan(chosen, async ({ plan, data, compute }) => {
    const missing = missingIn(plan, store).length;
    if (missing > 0) {
      throw new UserError(
        `${missing} of ${plan.blocks.length} blocks of ${chosen.name} are not in the store. Train them first: npx ccl study run ${shellWord(name)}`,
      );
    }
    const result = await studyResult({ study: chosen, data, plan, store, compute });
    return { ...result, command, blocks: { trained: 0, reused: plan.blocks.length } };
  });
}
