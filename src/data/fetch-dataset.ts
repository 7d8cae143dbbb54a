import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, UserError } from '../errors';
import { dataFolder, findLayouts, publishedFile } from './data-folder';
import type { DatasetDefinition, SourceFile } from './dataset';
import { fetchFile, type FetchProgress } from './fetch-file';
import { checkPublished, contentHash, packContent } from './content-hash';
import { readLayout, type LoadOptions } from './load-dataset';

export interface FetchOptions {
  /** Default the environment variable CCL_DATA_DIR, else `out/data`. */
  readonly dataDir?: string;
  /** A folder on the web with the same files, to be used in place of the official addresses. */
  readonly mirror?: string;
  readonly onProgress?: FetchProgress;
  readonly signal?: AbortSignal;
}

export interface FetchedFile {
  readonly name: string;
  readonly path: string;
  readonly status: 'present' | 'fetched';
}

/**
 * Brings the files of a data set into its folder below the data folder. Right files that are there already stay.
 *
 * @throws UserError if a file is not offered for download, cannot be had, or is not the published one
 */
export async function fetchDataset(
  { facts, folders }: DatasetDefinition,
  { dataDir, mirror, onProgress, signal }: FetchOptions = {},
): Promise<FetchedFile[]> {
  const root = dataFolder(dataDir, { mustExist: false });
  const fetched: FetchedFile[] = [];
  for (const file of facts.files) {
    const path = placeOf(root, folders, file.name);
    const urls = mirror === undefined ? file.urls : [atMirror(mirror, file.name)];
    if (urls.length === 0 && !existsSync(path)) throw notOffered(facts.title, facts.homepage, file, path);
    fetched.push({
      name: file.name,
      path,
      status: await fetchFile({ file, target: path, urls, onProgress, signal }),
    });
  }
  return fetched;
}

/** Where the file lies already, else where it belongs. */
function placeOf(root: string, folders: readonly string[], name: string): string {
  const places = [...folders.map((folder) => join(root, folder)), root].map((folder) => join(folder, name));
  return places.find((path) => existsSync(path)) ?? places[0];
}

function isWebAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** @throws UserError if the mirror is no web address */
function atMirror(mirror: string, name: string): string {
  if (!isWebAddress(mirror)) {
    throw badInput(
      'the mirror',
      mirror,
      'it must be a web address',
      'Write for example http://127.0.0.1:8000/; a folder on this machine is used by --data-dir',
    );
  }
  return new URL(name, mirror.endsWith('/') ? mirror : `${mirror}/`).href;
}

function notOffered(title: string, homepage: string, { name }: SourceFile, path: string): UserError {
  return new UserError(
    `${title}: ${name} is only handed out after registration at ${homepage}. Get it there and put it at ${path}, or extract it into class folders beside that.`,
  );
}

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
