import type { DisplayContent } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';

/** What a value that is no figure looks like: a text as it is, anything else as the last expression of a cell. */
export async function shownContent(value: unknown, cell: RunningCell | undefined): Promise<DisplayContent> {
  if (typeof value === 'string' || cell === undefined) {
    return { data: { 'text/plain': String(value) }, metadata: {} };
  }
  return cell.render(value);
}
