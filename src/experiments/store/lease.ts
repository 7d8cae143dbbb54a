import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { explainedWriteError, makeFolder, removeQuietly } from '../../platform/formats/write-file';

/** What a lease file says. */
export interface LeaseHolder {
  /** Random, of one claim. */
  readonly claim: string;
  readonly host: string;
  /** The machine since it was started, and its space of process numbers: only there does `pid` mean anything. */
  readonly machine: string;
  readonly pid: number;
  /** For people; nothing depends on it. */
  readonly since: string;
}

/** Seconds between two heartbeats. */
const beatEvery = 5;
const beatDigits = 12;

/**
 * The right to train a block, as a file that its holder keeps alive by a counter. No clock of two machines is ever
 * compared: a holder is dead if its process is gone from this machine, or if the counter stood still for as long as the
 * observer waited by its own monotonic clock. Were a holder only slow, both would train the same bits.
 */
export class Lease {
  private beat = 0;
  private last = performance.now();
  private readonly timer: NodeJS.Timeout;
  private isOpen = true;

  private constructor(
    private readonly path: string,
    /** Beats go into the file as it was made, wherever it may be by now: never into a successor's. */
    private readonly descriptor: number,
    private readonly beatsAt: number,
  ) {
    this.timer = setInterval(() => this.renew(), beatEvery * 1000);
    this.timer.unref();
  }

  /**
   * Takes the lease if nobody has it.
   *
   * @returns null if somebody has it
   * @throws UserError if the folder cannot be written
   */
  static take(path: string): Lease | null {
    const holder: LeaseHolder = {
      claim: randomBytes(8).toString('hex'),
      host: hostname(),
      machine: thisMachine,
      pid: process.pid,
      since: new Date().toISOString(),
    };
    const text = `${JSON.stringify(holder)}\n`;
    let descriptor: number | undefined;
    try {
      makeFolder(dirname(path));
      descriptor = openSync(path, 'wx+');
      writeSync(descriptor, text + '0'.repeat(beatDigits));
      return new Lease(path, descriptor, Buffer.byteLength(text));
    } catch (error) {
      if (descriptor !== undefined) {
        closeSync(descriptor);
        removeQuietly(path);
      }
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
      throw explainedWriteError(path, error);
    }
  }

  /** Shows that the holder lives; costs nothing if that was shown a moment ago. */
  renew(): void {
    const now = performance.now();
    if (!this.isOpen || now - this.last < (beatEvery * 1000) / 2) return;
    this.last = now;
    this.beat++;
    try {
      writeSync(this.descriptor, String(this.beat).padStart(beatDigits, '0'), this.beatsAt);
    } catch {
      // A full disk must not end a training; at worst somebody else trains the block too.
    }
  }

  /** Whether nobody took it over. */
  isHeld(): boolean {
    try {
      return this.isOpen && statSync(this.path).ino === fstatSync(this.descriptor).ino;
    } catch {
      return false;
    }
  }

  /** Gives it back. May be called twice. */
  release(): void {
    if (!this.isOpen) return;
    clearInterval(this.timer);
    if (this.isHeld()) removeQuietly(this.path);
    this.isOpen = false;
    closeSync(this.descriptor);
  }
}

/** Looks at a lease again and again, and says whether its holder is dead. */
export class LeaseWatch {
  /** Whether a sign of life came while this watch looked. */
  hasMoved = false;
  private seen: string | null = null;
  private stoodStill = 0;
  private last = 0;

  /**
   * @param patience seconds for which the counter must stand still while this watch looks
   * @param longestGap seconds between two looks that count as waiting at most: a longer gap means that the observer itself
   *   was stopped, and perhaps the whole machine
   * @param now monotonic clock, milliseconds
   */
  constructor(
    private readonly path: string,
    private readonly patience: number,
    private readonly longestGap = 2,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `free`: there is no lease. */
  look(): 'free' | 'alive' | 'dead' {
    const text = readText(this.path);
    const now = this.now();
    if (text === null) {
      this.seen = null;
      return 'free';
    }
    if (text === this.seen) this.stoodStill += Math.min((now - this.last) / 1000, this.longestGap);
    else {
      this.hasMoved = this.seen !== null;
      this.stoodStill = 0;
    }
    this.seen = text;
    this.last = now;
    return isGone(parseHolder(text)) || this.stoodStill >= this.patience ? 'dead' : 'alive';
  }

  /** Removes a dead lease, unless its holder gave a sign of life or somebody else was faster. */
  bury(): void {
    const aside = `${this.path}.${randomBytes(8).toString('hex')}.dead`;
    try {
      renameSync(this.path, aside);
    } catch {
      return;
    }
    if (readText(aside) !== this.seen) {
      try {
        linkSync(aside, this.path);
      } catch {
        // Somebody has a lease by now.
      }
    }
    removeQuietly(aside);
  }
}

/** The holder of a lease, or null if there is none or the file is damaged. */
export function leaseHolder(path: string): LeaseHolder | null {
  const text = readText(path);
  return text === null ? null : parseHolder(text);
}

/** Whether the holder was a process of this machine that has ended; of other machines nothing is known. */
export function isGone(holder: LeaseHolder | null): boolean {
  return holder !== null && holder.machine === thisMachine && !isRunning(holder.pid);
}

function parseHolder(text: string): LeaseHolder | null {
  try {
    return JSON.parse(text.slice(0, text.indexOf('\n'))) as LeaseHolder;
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Within it, process numbers can be compared. */
export const thisMachine: string = machineName();

/** Short form of it, for names of temporary files. */
export const machineMark: string = createHash('sha256').update(thisMachine).digest('hex').slice(0, 8);

/** Whether a process of this machine runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function machineName(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return `${hostname()} ${process.platform}`;
  }
}
