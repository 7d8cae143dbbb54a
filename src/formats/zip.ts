import type { ArchiveMember } from './archive-member';
import type { ReadLimits } from './limits';

/** Members of a .zip, one after the other. */
export async function* zipMembers(path: string, limits?: ReadLimits): AsyncIterable<ArchiveMember> {
  yield* [];
  throw new Error(`not there yet ${path} ${limits?.maxMemory}`);
}
