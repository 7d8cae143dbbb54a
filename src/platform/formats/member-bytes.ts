import { read } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { UserError } from '../../errors';
import { crc32 } from './crc32';

const readAt = promisify(read);

/** Where the content of a zip member lies, and what it must be. */
export interface MemberPlace {
  readonly fd: number;
  readonly start: number;
  /** Bytes in the file. */
  readonly length: number;
  /** Bytes of the content. */
  readonly size: number;
  readonly deflated: boolean;
  readonly crc32: number;
}

const largestRead = 2 ** 26;
const smallRead = 2 ** 16;
const readAhead = 2 ** 18;

/** The content of a zip member, piece after piece: never more than its header said, and its checksum is checked. */
export class MemberBytes {
  private delivered = 0;
  private sum = 0;
  private readonly source: { some(target: Uint8Array): Promise<number>; close(): void };

  /** @param what the member, as the beginning of a sentence */
  constructor(
    readonly what: string,
    private readonly place: MemberPlace,
  ) {
    this.source = place.deflated ? new Inflated(what, place) : new Stored(place);
  }

  /**
   * Fills the target with the next bytes.
   *
   * @throws UserError if the content ends before
   */
  async fill(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.length;) {
      const room = Math.min(target.length - done, this.place.size - this.delivered);
      const count = room <= 0 ? 0 : await this.source.some(target.subarray(done, done + room));
      if (count === 0) throw this.cutShort();
      this.sum = crc32(target.subarray(done, done + count), this.sum);
      this.delivered += count;
      done += count;
    }
  }

  /**
   * Call it when everything was taken.
   *
   * @throws UserError if more comes than the header said, or the checksum is another one
   */
  async finish(): Promise<void> {
    if (this.delivered < this.place.size) throw new Error(`${this.what} was not taken as a whole`);
    if (this.place.deflated && (await this.source.some(new Uint8Array(1))) > 0) {
      throw new UserError(
        `${this.what} has more than the ${this.place.size} bytes that its header says; reading stopped there. ` +
          'The archive is damaged or hostile: get it from its official address.',
      );
    }
    this.close();
    if (this.sum === this.place.crc32) return;
    throw new UserError(
      `${this.what} is damaged: its checksum (CRC-32) is ${hex(this.sum)}, but must be ${hex(this.place.crc32)}. ` +
        'Copy or make the archive again.',
    );
  }

  close(): void {
    this.source.close();
  }

  private cutShort(): UserError {
    return new UserError(
      `${this.what} ends after ${this.delivered} bytes, but its header says ${this.place.size}. ` +
        'The archive is cut short or damaged; copy or make it again.',
    );
  }
}

const hex = (sum: number): string => sum.toString(16).padStart(8, '0');

/** Reads a stored member; small pieces come from a block that is read ahead. */
class Stored {
  private at = 0;
  private ahead: Uint8Array = new Uint8Array(0);

  constructor(private readonly place: MemberPlace) {}

  async some(target: Uint8Array): Promise<number> {
    const left = this.place.length - this.at;
    if (this.ahead.length === 0 && target.length >= smallRead) {
      return this.read(target.subarray(0, Math.min(left, largestRead)));
    }
    if (this.ahead.length === 0) {
      const block = new Uint8Array(Math.min(left, readAhead));
      this.ahead = block.subarray(0, await this.read(block));
    }
    const count = Math.min(target.length, this.ahead.length);
    target.set(this.ahead.subarray(0, count));
    this.ahead = this.ahead.subarray(count);
    return count;
  }

  private async read(target: Uint8Array): Promise<number> {
    if (target.length === 0) return 0;
    const { bytesRead } = await readAt(this.place.fd, target, 0, target.length, this.place.start + this.at);
    this.at += bytesRead;
    return bytesRead;
  }

  close(): void {
    // The file is the archive's.
  }
}

/** Bytes of an open file. (Node's own stream closes the file when it is destroyed.) */
async function* stretch(fd: number, start: number, length: number): AsyncIterable<Buffer> {
  for (let at = 0; at < length;) {
    const block = Buffer.allocUnsafe(Math.min(readAhead, length - at));
    const { bytesRead } = await readAt(fd, block, 0, block.length, start + at);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** Inflates a member. */
class Inflated {
  private readonly inflate: InflateRaw;
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(
    private readonly what: string,
    private readonly place: MemberPlace,
  ) {
    const { fd, start, length } = place;
    this.inflate = createInflateRaw({ chunkSize: 2 ** 18 });
    // Errors come out of the iteration.
    pipeline(Readable.from(stretch(fd, start, length), { objectMode: false }), this.inflate, () => undefined);
    this.chunks = (this.inflate as Readable)[Symbol.asyncIterator]();
  }

  async some(target: Uint8Array): Promise<number> {
    while (this.rest.length === 0) {
      if (this.ended) return 0;
      const { done, value } = await this.chunks
        .next()
        .catch((error: Error) => Promise.reject(this.broken(error)));
      if (done === true) {
        this.ended = true;
        this.checkEnd();
        return 0;
      }
      this.rest = value as Buffer;
    }
    const count = Math.min(target.length, this.rest.length);
    target.set(this.rest.subarray(0, count));
    this.rest = this.rest.subarray(count);
    return count;
  }

  /** The compressed bytes must end where the content ends. */
  private checkEnd(): void {
    const unused = this.place.length - this.inflate.bytesWritten;
    if (unused > 0) throw this.broken(new Error(`${unused} bytes follow the end of its compressed data`));
  }

  private broken(error: Error): UserError {
    return new UserError(
      `${this.what} cannot be inflated: ${error.message}. The archive is damaged; copy or make it again.`,
    );
  }

  close(): void {
    this.inflate.destroy();
  }
}
