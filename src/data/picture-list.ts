import { UserError } from '../errors';

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
