import type { ModelAddress } from './block';

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
