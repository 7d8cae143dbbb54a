import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '../../platform/formats/write-file';

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
