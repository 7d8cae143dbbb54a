import type { Readable } from 'node:stream';

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
