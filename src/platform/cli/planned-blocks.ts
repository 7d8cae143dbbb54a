import { openBackend } from '../backend/backend';
import { studyDataset } from '../../data/data-file';
import { computeOf } from '../../experiments/block';
import { planStudy, type PlannedBlock } from '../../experiments/plan';
import { study } from '../../experiments/study';
import { findStudy } from '../../studies/registry';

/**
 * All blocks of studies, with what this machine computes with.
 *
 * @param names names of studies, or files
 * @throws UserError for an unknown or wrong study
 */
export async function plannedBlocks(names: readonly string[]): Promise<PlannedBlock[]> {
  const here = computeOf(await openBackend());
  const blocks: PlannedBlock[] = [];
  for (const name of names) {
    const chosen = study(findStudy(name));
    // WebAssembly has one thread, whatever is asked for.
    const compute = here.name === 'native' ? { ...here, threads: chosen.threads } : here;
    blocks.push(...planStudy(chosen, await studyDataset(chosen.data), compute).blocks);
  }
  return blocks;
}
