import { existsSync } from 'node:fs';
import { encodeOutputs, readBlockFile, readFiles, readModels, type Keep } from './block-folder';
import type { Store } from './store';
import { blocksOf, readResultFile, resultIds } from './results';

export interface ExportOptions {
  /** `outputs` (default): without weights, logits and losses on the way; `all`: as it is. */
  readonly keep?: Keep;
  /** Ids of the blocks; default all but teachers. */
  readonly blocks?: readonly string[];
  /** Of `outputs` only these records of the data set; default all. */
  readonly records?: ReadonlySet<number>;
}

/**
 * Copies blocks and the results that were computed from them alone into another store, e.g. one that is committed beside
 * a paper. Blocks that are whole there already stay. Queries work on it; attacks are read, not made again, where only
 * `outputs` are kept.
 *
 * @returns numbers of blocks and results
 * @throws UserError if the other store cannot be written
 */
export async function exportStore(
  from: Store,
  to: Store,
  { keep = 'outputs', blocks, records }: ExportOptions = {},
): Promise<{ readonly blocks: number; readonly results: number }> {
  const chosen = new Set<string>();
  for (const id of blocks ?? from.blockIds()) {
    const folder = from.blockFolder(id);
    let block;
    try {
      block = readBlockFile(folder, id);
      if (blocks === undefined && block.spec.part !== null) continue;
      chosen.add(id);
    } catch {
      continue;
    }
    if (existsSync(to.blockFolder(id))) continue;
    const isCopied = keep === 'all' || block.keep === 'outputs';
    const models = isCopied ? [] : readModels(folder, block);
    to.writeEncoded(id, isCopied ? readFiles(folder) : await encodeOutputs(block, models, records));
  }
  return { blocks: chosen.size, results: copyResults(from, to, chosen) };
}

function copyResults(from: Store, to: Store, chosen: ReadonlySet<string>): number {
  const folder = from.resultsFolder;
  let count = 0;
  for (const id of resultIds(folder)) {
    const result = readResultFile(folder, id);
    if (result === undefined) continue;
    // A result that names no block sums up a whole study, with all that was not chosen.
    const blocks = blocksOf(result.key);
    if (blocks.length === 0 || !blocks.every((block) => chosen.has(block))) continue;
    to.writeResult(result.key, result.value);
    count++;
  }
  return count;
}
