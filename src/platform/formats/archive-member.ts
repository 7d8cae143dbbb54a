import type { Readable } from 'node:stream';
import { UserError } from '../../errors';

/** A file inside an archive. It must be read, if at all, before the next one is asked for. */
export interface ArchiveMember {
  /** Relative path with forward slashes; never absolute and without `..`. */
  readonly name: string;
  /** Bytes of the content, as the archive's header says. */
  readonly size: number;
  /**
   * Reads the whole content.
   *
   * @throws UserError if it is larger than the limits allow, or not as long as the header said
   */
  read(): Promise<Uint8Array>;
  /** The content as a stream; its errors name archive and member. */
  stream(): Readable;
}

/**
 * The name of a member without `.` before it.
 *
 * @throws UserError if it leads out of the folder that the archive would be unpacked to, or has hidden characters
 */
export function memberName(archive: string, name: string): string {
  const plain = name.replace(/^(\.\/+)+/, '');
  const why = whyRefused(plain);
  if (why === undefined) return plain;
  throw refusedMember(archive, name, why);
}

function whyRefused(name: string): string | undefined {
  if (/^\/|^[a-z]:/i.test(name)) return 'an absolute path';
  if (name.split(/[/\\]/).includes('..')) return "a path with '..'";
  if (name.includes('\\')) return 'a path with a backslash';
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'a name with control characters';
  return undefined;
}

/** The error for a member that no honest archive of data has. */
export function refusedMember(archive: string, name: string, why: string): UserError {
  return new UserError(
    `${archive} has the member ${JSON.stringify(name.slice(0, 200))}, ${why}, which is refused. ` +
      'Get the archive from its official address, or pack the plain files anew.',
  );
}
