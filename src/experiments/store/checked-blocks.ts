import { lstatSync, readdirSync, statSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash, readBlockFile, readChecked } from './block-folder';
import { writeFileWhole } from '../../platform/formats/write-file';

/** `outputs`: kept without weights and logits, so that no attack can be made. */
export type BlockState = 'whole' | 'outputs' | 'broken' | 'missing';

/**
 * Which blocks were found whole, and what their files looked like then, so that thousands need not be read again. It is
 * only a memory: whatever looks different is read again, and a lost memory costs time alone.
 */
export class CheckedBlocks {
  private readonly known: BlockMemory;

  constructor(
    private readonly store: string,
    isReadOnly: boolean,
  ) {
    this.known = new BlockMemory(store, 'checked.json', isReadOnly);
  }

  /** @param folder where the block lies; default its place in the store */
  stateOf(id: string, folder = join(this.store, 'blocks', id)): BlockState {
    const look = looks(folder);
    if (look === null) return isNoFolder(folder) ? 'broken' : 'missing';
    if (this.known.get(id) === look) return 'whole';
    const { state } = checkBlock(folder, id);
    if (state === 'whole') this.known.set(id, look);
    return state;
  }

  /** Keeps what is known for other processes; if that is impossible they look for themselves. */
  save(): void {
    this.known.save();
  }
}

/** Names, sizes, inodes and times of change of the files in a folder, hashed; null if there is none. */
export function looks(folder: string): string | null {
  try {
    const files = readdirSync(folder).sort();
    const told = files.map((name) => {
      const { size, ino, mtimeMs, ctimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${ino} ${mtimeMs} ${ctimeMs}`;
    });
    return hash(told.join('\n')).slice(0, 16);
  } catch {
    return null;
  }
}

/** Whether something is there that is no folder with files: a file, or a link that leads nowhere or to itself. */
function isNoFolder(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return false;
  try {
    return !statSync(path).isDirectory();
  } catch (error) {
    return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!);
  }
}

/** Reads all files of a block that is there. */
export function checkBlock(
  folder: string,
  id: string,
): { readonly state: Exclude<BlockState, 'missing'>; readonly why?: string } {
  try {
    const block = readBlockFile(folder, id);
    for (const name of Object.keys(block.sha256)) readChecked(folder, block, name);
    return { state: block.keep === 'all' ? 'whole' : 'outputs' };
  } catch (error) {
    return { state: 'broken', why: (error as Error).message };
  }
}

/**
 * A text for each block, kept in a file of the store's catalog, so that thousands of blocks need not be read again. It is
 * only a memory: a lost one costs time alone.
 */
export class BlockMemory {
  private texts: Map<string, string> | undefined;
  private isChanged = false;
  private readonly file: string;

  constructor(
    store: string,
    name: string,
    private readonly isReadOnly: boolean,
  ) {
    this.file = join(store, 'catalog', name);
  }

  get(id: string): string | undefined {
    this.texts ??= this.load();
    return this.texts.get(id);
  }

  set(id: string, text: string): void {
    this.texts ??= this.load();
    this.texts.set(id, text);
    this.isChanged = true;
  }

  /** What is known, or what `make` finds; null is not kept. */
  of(id: string, make: () => string | null): string | null {
    const known = this.get(id);
    if (known !== undefined) return known;
    const made = make();
    if (made !== null) this.set(id, made);
    return made;
  }

  /** Keeps what is known for other processes; if that is impossible they look for themselves. */
  save(): void {
    if (!this.isChanged || this.isReadOnly || this.texts === undefined) return;
    try {
      writeFileWhole(this.file, JSON.stringify(Object.fromEntries(this.texts)));
      this.isChanged = false;
    } catch {
      // Only a memory.
    }
  }

  private load(): Map<string, string> {
    try {
      return new Map(Object.entries(JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, string>));
    } catch {
      return new Map();
    }
  }
}
