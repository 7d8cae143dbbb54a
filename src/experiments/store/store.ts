import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted, UserError } from '../../errors';
import { outFolder } from '../../paths';
import { explainedWriteError, makeFolder } from '../../platform/formats/write-file';
import type { NamedWeights } from '../../models/weights-file';
import { blockId, type BlockSpec, type FinishedModel, type TrainedBlock } from '../block';
import {
  type BlockFile,
  encodeBlock,
  readBlockFile,
  readModels,
  readWeights,
  writeFiles,
} from './block-folder';
import { CheckedBlocks } from './checked-blocks';
import { isGone, Lease, leaseHolder, LeaseWatch, machineMark } from './lease';
import { readResultFile, resultId, type ResultKey, writeResultFile } from './results';

export interface AcquireOptions {
  readonly signal?: AbortSignal;
  /** Seconds without a sign of life after which a holder on another machine counts as dead; default 60. */
  readonly patience?: number;
  /** Seconds between two looks; default 0.5. */
  readonly poll?: number;
}

/** The names of the folders in a store. */
const folders = {
  blocks: 'blocks',
  leases: 'leases',
  checkpoints: 'checkpoints',
  results: 'results',
} as const;

/**
 * A folder of finished blocks, each in a folder named after its identity, whole or absent. Several processes and machines
 * may share one.
 */
export class Store {
  private readonly checked: CheckedBlocks;

  private constructor(
    readonly folder: string,
    /** Blocks and results can be read, but nothing can be kept. */
    readonly isReadOnly: boolean,
  ) {
    this.checked = new CheckedBlocks(folder, isReadOnly);
  }

  /**
   * Opens or makes a store. One that is there but cannot be written to is opened for reading.
   *
   * @throws UserError if the folder cannot be made
   */
  static open(folder: string): Store {
    const path = resolve(folder);
    try {
      makeFolder(path);
      if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    } catch (error) {
      throw explainedWriteError(path, error);
    }
    return new Store(path, !isWritable(path));
  }

  /**
   * Opens a store that must be there; the output folder of a study (`--out`) stands for the store in it.
   *
   * @throws UserError if there is no such folder
   */
  static openExisting(folder: string): Store {
    const inside = join(folder, 'store');
    const isOutput = !existsSync(join(folder, 'blocks')) && existsSync(join(inside, 'blocks'));
    if (existsSync(folder)) return Store.open(isOutput ? inside : folder);
    throw new UserError(`There is no store ${resolve(folder)}. Check the path, or train something first.`);
  }

  /**
   * Whether a block is there, whole. Its files are read and compared with their checksums the first time; later their
   * size, inode and times of change must be as they were then. A broken one is removed, so that it is trained again.
   */
  has(spec: BlockSpec): boolean {
    return this.hasId(blockId(spec));
  }

  /** `has` for many blocks, by their ids: remembers what was checked. @returns which of them are there, in their order */
  hasAll(ids: readonly string[]): boolean[] {
    const found = ids.map((id) => this.hasId(id));
    this.checked.save();
    return found;
  }

  private hasId(id: string): boolean {
    const state = this.checked.stateOf(id);
    return state === 'whole' || (state === 'broken' && this.setAside(id));
  }

  /** The finished models of a block, or null if it is missing or not whole (a broken one is removed and trained again). */
  read(spec: BlockSpec): readonly FinishedModel[] | null {
    return this.readBlock(spec, readModels);
  }

  /** The weights of its models, or null as `read`. */
  readWeights(spec: BlockSpec): readonly NamedWeights[] | null {
    return this.readBlock(spec, readWeights);
  }

  private readBlock<T>(spec: BlockSpec, decode: (folder: string, block: BlockFile) => T): T | null {
    const id = blockId(spec);
    const folder = this.blockFolder(id);
    if (!existsSync(folder)) return null;
    try {
      const block = readBlockFile(folder, id);
      return block.keep === 'all' ? decode(folder, block) : null;
    } catch {
      this.setAside(id);
      return null;
    }
  }

  /**
   * Keeps a finished block, and forgets its checkpoints. If another process was faster, its equal block stays; a broken
   * one, or one without weights, is replaced.
   *
   * @throws UserError if the disk is full or the store cannot be written; nothing of the block is there then
   */
  async write(spec: BlockSpec, trained: TrainedBlock, machine: BlockFile['machine']): Promise<void> {
    this.writeEncoded(blockId(spec), await encodeBlock(spec, trained, machine));
    this.forgetCheckpoints(spec);
  }

  /** Keeps the files of a block, by name, whole or not at all. */
  writeEncoded(id: string, files: Readonly<Record<string, Uint8Array>>): void {
    this.mustBeWritable();
    const temporary = this.temporaryFolder(id);
    try {
      makeFolder(temporary);
      writeFiles(temporary, files);
      this.moveIn(id, temporary);
    } catch (error) {
      throw explainedWriteError(this.blockFolder(id), error);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }

  private moveIn(id: string, temporary: string): void {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return renameSync(temporary, this.blockFolder(id));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
        if (this.checked.stateOf(id) === 'whole' || this.setAside(id)) return;
      }
    }
  }

  /**
   * Removes a broken block, or one without weights. Another process may have put a whole one in its place just before: it
   * comes back.
   *
   * @returns whether a whole block is there
   */
  private setAside(id: string): boolean {
    const folder = this.blockFolder(id);
    if (this.isReadOnly || lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false;
    const aside = this.temporaryFolder(id);
    try {
      renameSync(folder, aside);
      if (this.checked.stateOf(id, aside) === 'whole') renameSync(aside, folder);
    } catch {
      // Somebody else was faster.
    }
    rmSync(aside, { recursive: true, force: true });
    return this.checked.stateOf(id) === 'whole';
  }

  /** Where the checkpoint of an unfinished block lies. */
  checkpointFile(spec: BlockSpec): string {
    return join(this.folder, folders.checkpoints, `${blockId(spec)}.safetensors`);
  }

  /** All checkpoints, with the ids of their blocks. */
  checkpointFiles(): { readonly id: string; readonly file: string }[] {
    const folder = join(this.folder, folders.checkpoints);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((name) => {
      const [, id] = /^([0-9a-f]{32})\.safetensors$/.exec(name) ?? [];
      return id === undefined ? [] : [{ id, file: join(folder, name) }];
    });
  }

  /** The block's own, and those of its models, which they have where they are trained in turn. */
  private forgetCheckpoints(spec: BlockSpec): void {
    for (const models of [spec.models, ...spec.models.map((model) => [model])])
      rmSync(this.checkpointFile({ ...spec, models }), { force: true });
  }

  /**
   * The right to train a block, if nobody has it.
   *
   * @returns null if somebody has it, dead or alive
   * @throws UserError if the store cannot be written
   */
  claim(spec: BlockSpec): Lease | null {
    this.mustBeWritable();
    return Lease.take(this.leaseFile(blockId(spec)));
  }

  /** Whether somebody else seems to train a block: there is a lease, and its holder has not ended on this machine. */
  isClaimed(id: string): boolean {
    const file = this.leaseFile(id);
    return existsSync(file) && !isGone(leaseHolder(file));
  }

  /**
   * The right to train a block; waits while somebody else trains it, and takes over from a dead one.
   *
   * @returns null as soon as the block is there
   * @throws UserError if the store cannot be written, Interrupted when the signal aborts
   */
  async acquire(spec: BlockSpec, options: AcquireOptions = {}): Promise<Lease | null> {
    const { signal, patience = 60, poll = 0.5 } = options;
    const watch = new LeaseWatch(this.leaseFile(blockId(spec)), patience, 4 * poll);
    for (;;) {
      if (this.has(spec)) return null;
      const lease = this.claim(spec);
      if (lease !== null) {
        // It may have been finished between the two lines above.
        if (!this.has(spec)) return lease;
        lease.release();
        return null;
      }
      if (watch.look() === 'dead') watch.bury();
      else await waited(poll * 1000, signal);
    }
  }

  /** A result that was computed from blocks, or undefined if there is none. */
  readResult(key: ResultKey): unknown {
    return readResultFile(this.resultsFolder, resultId(key))?.value;
  }

  /**
   * Keeps a result: plain JSON (also NaN and infinities). In a store that is only read, nothing happens.
   *
   * @throws UserError if the disk is full
   */
  writeResult(key: ResultKey, value: unknown): void {
    if (!this.isReadOnly) writeResultFile(this.resultsFolder, { key, value });
  }

  private mustBeWritable(): void {
    if (!this.isReadOnly) return;
    throw new UserError(
      `The store ${this.folder} can be read, but not written, so nothing can be trained into it. ` +
        'Choose another folder with --out, or change its permissions.',
    );
  }

  /** Ids of the blocks that are there, whole or not. */
  blockIds(): string[] {
    try {
      return readdirSync(join(this.folder, folders.blocks)).filter((name) => /^[0-9a-f]{32}$/.test(name));
    } catch {
      return [];
    }
  }

  /** Where a block lies or would lie. */
  blockFolder(id: string): string {
    return join(this.folder, folders.blocks, id);
  }

  private temporaryFolder(id: string): string {
    return join(
      this.folder,
      folders.blocks,
      `.${id}.${machineMark}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
    );
  }

  /** Where the lease of a block lies while somebody trains it. */
  leaseFile(id: string): string {
    return join(this.folder, folders.leases, `${id}.json`);
  }

  /** Where results that were computed from blocks lie. */
  get resultsFolder(): string {
    return join(this.folder, folders.results);
  }
}

function isWritable(path: string): boolean {
  const probe = join(path, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    writeFileSync(probe, '');
    rmSync(probe);
    return true;
  } catch (error) {
    // A full disk has room for an empty file, or at least tells so when something is written.
    return (error as NodeJS.ErrnoException).code === 'ENOSPC';
  }
}

async function waited(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw new Interrupted('Interrupted while another process trained the block.');
  }
}

/** Where results go if nobody says otherwise: CCL_OUT, else the folder out of the project. */
export const defaultOut = outFolder;

/** The store in it. */
export const defaultStore = join(defaultOut, 'store');

/**
 * The store inside an output folder. Notebooks and commands share the default one, so that nothing is trained twice.
 *
 * @throws UserError if the folder cannot be made or written to
 *
 * @example
 * ```ts
 * import { openStore } from 'ccl-lab';
 *
 * console.log(openStore('out').blockIds().length >= 0); // prints true
 * ```
 */
export function openStore(out: string = defaultOut): Store {
  return Store.open(join(out, 'store'));
}
