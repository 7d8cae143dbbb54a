import { join } from 'node:path';
import { UserError } from '../errors';
import { checkSize, maxMemory } from '../platform/formats/limits';
import { cacheFolder, dataFolder, findLayouts, publishedFile, type FoundLayout } from './data-folder';
import { checkPublished, ownPacking, contentHash, packContent } from './content-hash';
import { openCache, writeCache, type Cached } from './cache';
import type { Dataset, Content, DatasetDefinition, DatasetFacts } from './dataset';
import { withScaling } from './scaling';

/** Options of every data set that is read from files. */
export interface LoadOptions {
  /** Folder with the files; default the environment variable CCL_DATA_DIR, else `out/data`. */
  readonly dataDir?: string;
  /** Bytes that features and labels may take, default 4 GiB. */
  readonly maxMemory?: number;
  /** Whether a parsed copy is kept for the next time, default true. */
  readonly cache?: boolean;
}

/**
 * Reads a data set from whichever of its layouts is in the data folder, or from the copy that was kept earlier.
 *
 * @param variant tells copies apart that were made with different options, e.g. «224»
 * @throws UserError if no layout is there (with addresses and places), or the files are not what they should be
 */
export async function loadDataset(
  definition: DatasetDefinition,
  options: LoadOptions = {},
  variant = '',
): Promise<Dataset> {
  const { facts } = definition;
  const folder = dataFolder(options.dataDir);
  const [found] = findLayouts(definition, folder);
  checkMemory(definition, options);
  const place = cacheFolder(folder);
  const cache = join(place.path, `${facts.name}${variant && `-${variant}`}.ccldata`);
  const useCache = options.cache !== false && found?.layout.quick !== true;
  // A copy alone stands for files that are gone, but only in their own folder.
  if (useCache && (found !== undefined || !place.shared)) {
    const cached = await kept(cache, definition, found, options);
    if (cached !== undefined) return asDataset(facts, cached.content, cached.sha256);
  }
  if (found === undefined) throw notThere(definition, folder);
  const content = await readLayout(definition, found, options);
  if (useCache) await keep(cache, definition, found, content);
  return asDataset(facts, content);
}

/** Refuses a data set that does not fit, before any file is opened. */
function checkMemory({ facts, size }: DatasetDefinition, options: LoadOptions): void {
  if (size === 'fixed') checkSize(facts.title, facts.records * (facts.features + 4), options);
}

/** Checks the published checksums of the files, reads them, and checks what came out. */
export async function readLayout(
  definition: DatasetDefinition,
  { layout, files }: FoundLayout,
  options: LoadOptions = {},
): Promise<Content> {
  checkMemory(definition, options);
  for (const path of files) {
    const published = publishedFile(definition, path);
    const checksum = published === undefined ? undefined : await checkPublished(path, published);
    if (checksum === ownPacking) process.emitWarning(`${path}: ${ownPacking}`);
  }
  const content = await layout.read(files, definition.facts, { maxMemory: options.maxMemory });
  checkContent(definition, content, files[0]);
  return content;
}

/**
 * The last check, whatever the layout: numbers of records and features, and every label a class.
 *
 * @throws UserError
 */
export function checkContent({ facts, size }: DatasetDefinition, content: Content, file: string): void {
  const records = content.y.length;
  const classes = content.classNames?.length ?? facts.classes;
  const expected = size === 'fixed' ? facts.records : records;
  if (records !== expected || content.x.length !== records * featuresOf(facts, content)) {
    throw new UserError(
      `${file}: ${records} labels and ${content.x.length} feature values were read, but ${facts.title} has ` +
        `${expected} records of ${featuresOf(facts, content)} features. It is another data set, or not whole.`,
    );
  }
  if (records === 0) throw new UserError(`${file} holds no record.`);
  const wrong = content.y.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new UserError(
      `${file}: record ${wrong} has label ${content.y[wrong]}, but ${facts.title} has the classes 0 .. ${classes - 1}. The file is broken, or another one.`,
    );
  }
}

function featuresOf(facts: DatasetFacts, { image }: Content): number {
  return image === undefined ? facts.features : image.height * image.width * image.channels;
}

/** The copy that was kept earlier, if it is of these files and of the right size. */
async function kept(
  path: string,
  { facts, size, revision }: DatasetDefinition,
  found: FoundLayout | undefined,
  options: LoadOptions,
): Promise<Cached | undefined> {
  return openCache(path, facts, revision, found?.files, (records, features) =>
    size === 'fixed'
      ? records === facts.records && features === facts.features
      : records * (features + 4) <= maxMemory(options),
  );
}

async function keep(
  path: string,
  { facts, revision }: DatasetDefinition,
  { files }: FoundLayout,
  content: Content,
): Promise<void> {
  try {
    await writeCache(path, facts, revision, files, content);
  } catch (error) {
    process.emitWarning(
      `${path} could not be written (${(error as Error).message}); ${facts.title} is read anew each time`,
    );
  }
}

function asDataset(facts: DatasetFacts, content: Content, sha256?: string): Dataset {
  const { x, y, classNames = facts.classNames, officialTrain = facts.officialTrain } = content;
  const { name, title, source, license, citation } = facts;
  const image = content.image === undefined ? facts.image : { ...facts.image, ...content.image };
  const shape = {
    records: y.length,
    features: x.length / y.length,
    classes: content.classNames?.length ?? facts.classes,
    image,
  };
  const hash = sha256 ?? contentHash(packContent(content), { ...shape, image: content.image });
  const loaded: Dataset = {
    name,
    title,
    synthetic: false,
    ...shape,
    x,
    y,
    classNames,
    officialTrain,
    doubtful: facts.doubtful?.(hash),
    sha256: hash,
    source,
    license,
    citation,
  };
  return facts.scaling === undefined ? loaded : withScaling(loaded, facts.scaling);
}

function notThere({ facts, layouts, folders }: DatasetDefinition, folder: string): UserError {
  const addresses = facts.files.flatMap(({ urls }) => urls.slice(0, 1));
  const fetchable = addresses.length > 0;
  return new UserError(
    [
      `${facts.title} is not in ${folder}.`,
      fetchable
        ? `Fetch it: npx ccl data fetch ${facts.name}`
        : `It is only handed out after registration: ${facts.homepage}`,
      `Or put it there by hand, in one of these layouts (in the folder itself, or in ${folders.join(', ')}):`,
      ...layouts.map(({ title }) => `  ${title}`),
      ...(fetchable ? ['Addresses:', ...addresses.map((url) => `  ${url}`)] : []),
      'Another folder: --data-dir, or the environment variable CCL_DATA_DIR.',
    ].join('\n'),
  );
}
