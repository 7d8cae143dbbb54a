import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '../../platform/formats/write-file';
import { hash, readBlockFile, readChecked } from './block-folder';

/** `outputs`: kept without weights and logits, so that no attack can be made. */
export type BlockState = 'whole' | 'outputs' | 'broken' | 'missing';

/**
 * Which blocks were found whole, and what their files looked like then, so that thousands need not be read again. It is
 * only a memory: whatever looks different is read again, and a lost memory costs time alone.
 */
export class CheckedBlocks {
  private known: Map<string, string> | undefined;
  private isChanged = false;
  private readonly file: string;

  constructor(
    private readonly store: string,
    private readonly isReadOnly: boolean,
  ) {
    this.file = join(store, 'catalog', 'checked.json');
  }

  /** @param folder where the block lies; default its place in the store */
  stateOf(id: string, folder = join(this.store, 'blocks', id)): BlockState {
    const look = looks(folder);
    if (look === null) return isNoFolder(folder) ? 'broken' : 'missing';
    this.known ??= this.load();
    if (this.known.get(id) === look) return 'whole';
    const { state } = checkBlock(folder, id);
    if (state !== 'whole') return state;
    this.known.set(id, look);
    this.isChanged = true;
    return state;
  }

  /** Keeps what is known for other processes; if that is impossible they look for themselves. */
  save(): void {
    if (!this.isChanged || this.isReadOnly || this.known === undefined) return;
    try {
      writeFileWhole(this.file, JSON.stringify(Object.fromEntries(this.known)));
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
