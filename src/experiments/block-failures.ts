import { Interrupted, UserError } from '../errors';
import type { PlannedBlock } from './plan';

/** What became of a block that could not be trained. */
export interface FailedBlock {
  readonly block: PlannedBlock;
  readonly error: Error;
}

/** Some blocks could not be trained; the others are in the store. */
export class BlocksFailed extends Error {
  override readonly name = 'BlocksFailed';

  constructor(
    readonly failed: readonly FailedBlock[],
    /** How many were not tried, because they need one that failed. */
    readonly skipped: number,
  ) {
    const shown = failed
      .slice(0, 5)
      .map(({ block, error }) => `${block.title} (${block.id.slice(0, 8)}): ${error.message}`);
    const more = failed.length > shown.length ? [`... and ${failed.length - shown.length} more`] : [];
    const rest = skipped === 0 ? '' : ` ${skipped} more need them and were not tried.`;
    super(
      `${failed.length === 1 ? 'One block' : `${failed.length} blocks`} could not be trained.${rest} All others are kept.\n` +
        [...shown, ...more].join('\n'),
    );
  }
}

/** Whether an error is no matter of one block: bad input, a full disk, an interrupt. Then nothing goes on. */
export function endsEverything(error: unknown): boolean {
  return error instanceof UserError || error instanceof Interrupted;
}
