import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, UserError } from '../errors';
import { dataFolder } from './data-folder';
import type { DatasetDefinition, SourceFile } from './dataset-definition';
import { fetchFile, type FetchProgress } from './fetch-file';

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
