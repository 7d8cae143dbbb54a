import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { checkPublished } from './checksum';
import { contentHash, packContent } from './content-hash';
import { dataFolder } from './data-folder';
import type { DatasetDefinition } from './dataset-definition';
import { findLayouts, publishedFile } from './find-files';
import { readLayout, type LoadOptions } from './load-dataset';

/** What was compared and found right. */
export interface Verification {
  /** Each layout that is there, read anew from its files (never from the cache). */
  readonly layouts: readonly {
    readonly title: string;
    readonly files: readonly { readonly path: string; readonly checksum: string | null }[];
    readonly records: number;
    readonly features: number;
    readonly classes: number;
    /** Of features and labels; equal for layouts that hold the same records in the same order. */
    readonly sha256: string;
    /** Records that belong in no pool of a study. */
    readonly doubtful: number;
  }[];
}

/**
 * Reads every layout of a data set that is in the data folder, and compares checksums, counts, values and labels.
 *
 * @throws UserError for the first thing that is wrong, or if nothing is there
 */
export async function verifyDataset(
  definition: DatasetDefinition,
  options: LoadOptions = {},
): Promise<Verification> {
  const { facts } = definition;
  const folder = dataFolder(options.dataDir);
  const found = findLayouts(definition, folder);
  await checkLooseFiles(definition, folder);
  if (found.length === 0) {
    throw new UserError(
      `${facts.title} is not in ${folder}, so there is nothing to verify. \`npx ccl data describe ${facts.name}\` tells how to get it.`,
    );
  }
  const layouts: Verification['layouts'][number][] = [];
  for (const each of found) {
    const files = [];
    for (const path of each.files) {
      const published = publishedFile(definition, path);
      const checksum = published === undefined ? undefined : await checkPublished(path, published);
      files.push({ path, checksum: checksum ?? null });
    }
    const content = await readLayout(definition, each, options);
    const classes = content.classNames?.length ?? facts.classes;
    const features = content.x.length / content.y.length;
    const shape = { records: content.y.length, features, classes };
    const sha256 = contentHash(packContent(content), { ...shape, image: content.image });
    const doubtful = facts.doubtful?.(sha256)?.records.length ?? 0;
    layouts.push({ title: each.layout.title, files, ...shape, sha256, doubtful });
  }
  return { layouts };
}

/** Published files that no layout reads as they are (the archives of ImageNet) are compared all the same. */
async function checkLooseFiles({ facts, folders }: DatasetDefinition, folder: string): Promise<void> {
  for (const file of facts.files) {
    for (const root of [folder, ...folders.map((name) => join(folder, name))]) {
      const path = join(root, file.name);
      if (existsSync(path)) await checkPublished(path, file);
    }
  }
}
