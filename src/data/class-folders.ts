import { readFile, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, sep } from 'node:path';
import { UserError } from '../errors';
import { decodeImage } from '../platform/formats/image';
import { checkSize, maxMemory, shownBytes, type ReadLimits } from '../platform/formats/limits';
import { openZip } from '../platform/formats/zip-file';
import type { Content, DatasetFacts, Layout } from './dataset';

/** How pictures become records. */
export interface PictureOptions extends PictureChoice {
  /** Height and width of the records. */
  readonly size: number;
  /** Scale the shorter side to this, then cut the middle; without it, pictures must have that size already. */
  readonly shorter?: number;
}

/** Files by relative path with `/`, wherever they lie. */
interface Tree {
  readonly what: string;
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
  close?(): void;
}

/** Folders train/CLASS and val/CLASS of JPEG and PNG files. */
export function classFolders(folders: readonly (readonly string[])[], options: PictureOptions): Layout {
  return {
    title: `${folders.map(([first]) => first).join(' and ')} with a folder a class (JPEG or PNG)`,
    paths: folders,
    async read(found, facts, limits) {
      return decodeTree(await folderTree(found), options, facts, limits);
    },
  };
}

/** A zip with such folders in it. */
export function classFolderZip(name: string, options: PictureOptions): Layout {
  return {
    title: name,
    paths: [[name]],
    async read([path], facts, limits) {
      const tree = await zipTree(path, limits);
      try {
        return await decodeTree(tree, options, facts, limits);
      } finally {
        tree.close?.();
      }
    },
  };
}

/** @param roots folders named train or val (a prefix such as ILSVRC2012_img_train counts as its last word) */
async function folderTree(roots: readonly string[]): Promise<Tree> {
  const files = new Map<string, string>();
  for (const root of roots) {
    const part = /val\W*$/.test(basename(root)) ? 'val' : 'train';
    for (const name of await readdir(root, { recursive: true })) {
      files.set(`${part}/${name.split(sep).join('/')}`, join(root, name));
    }
  }
  return { what: roots.join(', '), paths: [...files.keys()], read: (path) => readFile(files.get(path)!) };
}

async function zipTree(path: string, limits: ReadLimits): Promise<Tree> {
  const zip = await openZip(path, limits);
  return {
    what: path,
    paths: [...zip.entries.keys()],
    async read(name) {
      const entry = zip.entries.get(name)!;
      checkSize(`${path}: ${name}`, entry.size, limits);
      const bytes = await zip.bytes(entry);
      try {
        const content = new Uint8Array(entry.size);
        await bytes.fill(content);
        await bytes.finish();
        return content;
      } finally {
        bytes.close();
      }
    },
    close: () => zip.close(),
  };
}

async function decodeTree(
  tree: Tree,
  options: PictureOptions,
  facts: DatasetFacts,
  limits: ReadLimits,
): Promise<Content> {
  const annotations = tree.paths.find((path) => /(^|\/)val\/val_annotations\.txt$/.test(path));
  const text =
    annotations === undefined ? undefined : Buffer.from(await tree.read(annotations)).toString('utf8');
  const list = pictureList(tree.what, tree.paths, text, options);
  const { size } = options;
  const features = size * size * 3;
  refuseTooMany(facts, list.paths.length, features, options, limits);
  const x = new Uint8Array(list.paths.length * features);
  await inParallel(list.paths.length, 2 * availableParallelism(), async (i) => {
    x.set(await decoded(tree, list.paths[i], options), i * features);
  });
  return {
    x,
    y: list.labels,
    classNames: list.classNames,
    image: { height: size, width: size, channels: 3 },
    officialTrain: list.train,
  };
}

async function decoded(tree: Tree, path: string, { size, shorter }: PictureOptions): Promise<Uint8Array> {
  const name = `${tree.what}: ${path}`;
  const resize = shorter === undefined ? undefined : { shorter, crop: size };
  const { width, height, pixels } = await decodeImage(await tree.read(path), { name, resize });
  if (width !== size || height !== size) {
    throw new UserError(
      `${name} has ${width} x ${height} pixels, but ${size} x ${size} were expected. It is another data set, or a changed file.`,
    );
  }
  return pixels;
}

function refuseTooMany(
  { title }: DatasetFacts,
  pictures: number,
  features: number,
  { size }: PictureOptions,
  limits: ReadLimits,
): void {
  const bytes = pictures * (features + 4);
  if (bytes <= maxMemory(limits)) return;
  throw new UserError(
    `${title}: ${pictures} pictures of ${size} x ${size} pixels take ${shownBytes(bytes)}, but ${shownBytes(maxMemory(limits))} are allowed. ` +
      'Take fewer (perClass, classNames), smaller ones (size), or raise maxMemory (--max-memory).',
  );
}

/** Does work 0 .. count-1, so many at a time; the first failure ends it. */
async function inParallel(count: number, width: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      try {
        await work(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}

/** Pictures in class folders, with the order in which they become records. */
export interface PictureList {
  /** Sorted, as torchvision's ImageFolder does. */
  readonly classNames: readonly string[];
  /** Paths; training part first; within a part by class, then by name. */
  readonly paths: readonly string[];
  /** Class of each path. */
  readonly labels: Int32Array;
  /** Size of the training part. */
  readonly train: number;
}

export interface PictureChoice {
  /** At most so many pictures of a class in each part, the first by name. */
  readonly perClass?: number;
  /** Only these classes. */
  readonly classNames?: readonly string[];
}

/** train/CLASS/a.jpg, train/CLASS/images/a.jpg, val/CLASS/a.png, val/images/a.jpg; anything may stand before. */
const picture = /^(?:.*\/)?(train|val)\/([^/]+)\/(?:images\/)?([^/]+\.(?:jpe?g|png))$/i;

interface Entry {
  readonly path: string;
  readonly part: 'train' | 'val';
  readonly className: string;
  readonly file: string;
}

/**
 * Sorts the files of a folder or an archive into classes and parts. Other files are passed over.
 *
 * @param paths relative, with `/`
 * @param annotations of pictures that lie in val/images: lines `FILE CLASS ...` with tabs (val_annotations.txt)
 * @throws UserError if there is no picture, a class of val is unknown in train, or an annotation is missing
 */
export function pictureList(
  what: string,
  paths: readonly string[],
  annotations: string | undefined,
  { perClass = Number.POSITIVE_INFINITY, classNames }: PictureChoice = {},
): PictureList {
  const annotated = annotatedClasses(annotations);
  const entries = paths.flatMap((path) => entryOf(what, path, annotated));
  if (entries.length === 0) {
    throw new UserError(
      `${what} holds no picture of the form train/CLASS/NAME.jpg or val/CLASS/NAME.jpg (also .jpeg, .png, and val/images with val_annotations.txt).`,
    );
  }
  const chosen = classNames ?? sortedNames(entries);
  const index = new Map(chosen.map((name, i) => [name, i]));
  refuseUnknown(what, entries, index, classNames);
  const kept = (['train', 'val'] as const).map((part) => {
    const wanted = entries.filter((entry) => entry.part === part && index.has(entry.className));
    wanted.sort((a, b) => index.get(a.className)! - index.get(b.className)! || compare(a.file, b.file));
    return firstOfEach(wanted, perClass);
  });
  const all = kept.flat();
  return {
    classNames: chosen,
    paths: all.map(({ path }) => path),
    labels: Int32Array.from(all, ({ className }) => index.get(className)!),
    train: kept[0].length,
  };
}

function entryOf(what: string, path: string, annotated: ReadonlyMap<string, string>): Entry[] {
  const match = picture.exec(path);
  if (match === null) return [];
  const [, part, folder, file] = match;
  if (part.toLowerCase() === 'val' && folder === 'images') {
    const className = annotated.get(file);
    if (className === undefined) {
      throw new UserError(
        `${what}: ${path} has no line in val_annotations.txt, so its class is unknown. The folder is not whole.`,
      );
    }
    return [{ path, part: 'val', className, file }];
  }
  return [{ path, part: part.toLowerCase() as 'train' | 'val', className: folder, file }];
}

function annotatedClasses(text = ''): Map<string, string> {
  return new Map(
    text
      .split(/\r?\n/)
      .map((line) => line.split('\t'))
      .filter(({ length }) => length >= 2)
      .map(([file, className]) => [file, className]),
  );
}

/** The classes of train, or of val if there is no train. */
function sortedNames(entries: readonly Entry[]): string[] {
  const train = entries.filter(({ part }) => part === 'train');
  const from = train.length > 0 ? train : entries;
  return [...new Set(from.map(({ className }) => className))].sort(compare);
}

function refuseUnknown(
  what: string,
  entries: readonly Entry[],
  index: ReadonlyMap<string, number>,
  asked: readonly string[] | undefined,
): void {
  const there = new Set(entries.map(({ className }) => className));
  const absent = [...index.keys()].find((name) => !there.has(name));
  if (absent !== undefined) {
    throw new UserError(`${what} has no class ${JSON.stringify(absent)}. It has ${there.size} classes.`);
  }
  const stranger = asked === undefined && entries.find(({ className }) => !index.has(className));
  if (stranger) {
    throw new UserError(
      `${what}: ${stranger.path} is of class ${stranger.className}, which train/ does not have. The folder is not whole.`,
    );
  }
}

function firstOfEach(sorted: readonly Entry[], perClass: number): Entry[] {
  const counts = new Map<string, number>();
  return sorted.filter(({ className }) => {
    const count = (counts.get(className) ?? 0) + 1;
    counts.set(className, count);
    return count <= perClass;
  });
}

/** By code units, so that no locale matters. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
