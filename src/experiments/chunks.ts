import type { Defense } from '../defenses/defense';
import { isMlp } from '../models/mlp-ensemble';
import type { Network } from '../models/network';
import type { BlockSpec, ModelAddress } from './block';
import type { StudyDefense } from './study-defense';

/**
 * Cuts models into the blocks that they train in. The cut depends on the plan alone, never on what is there already.
 *
 * @param size how many train together at most
 */
export function chunksOf(
  models: readonly ModelAddress[],
  size: number,
): readonly (readonly ModelAddress[])[] {
  return Array.from({ length: Math.ceil(models.length / size) }, (_, i) =>
    models.slice(i * size, (i + 1) * size),
  );
}

/** How many models of a defense go into one block: those that can train as an ensemble, else one. */
export function chunkSize(
  { defense, fullRecipe }: StudyDefense,
  network: Network,
  augmentation: BlockSpec['augmentation'],
  wanted: number,
): number {
  const plain = isMlp(network) && augmentation.name === 'none' && fullRecipe.patience === null;
  return plain && changesLossOnly(defense) ? wanted : 1;
}

/** Whether a defense leaves batches, gradients and the number of models alone. */
function changesLossOnly({ changes, needs, parts }: Defense): boolean {
  const inLoop = changes.some((change) => change === 'batch' || change === 'gradient');
  return parts === undefined && !inLoop && needs.length === 0;
}
