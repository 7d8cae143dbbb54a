import type { ArchiveMember } from './archive-member';
import type { ReadLimits } from './limits';

/** Members of a .tar, .tar.gz or .tgz, one after the other. */
export async function* tarMembers(path: string, limits?: ReadLimits): AsyncIterable<ArchiveMember> {
  yield* [];
  throw new Error(`not there yet ${path} ${limits?.maxMemory}`);
}
