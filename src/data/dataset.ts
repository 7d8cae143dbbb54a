import type { ReadLimits } from '../platform/formats/limits';

/** The size of pictures whose pixels are the features, row by row, channels innermost (height x width x channels). */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  /** 1 (gray) or 3 (red, green, blue). */
  readonly channels: number;
  /** If given, `takeFeatures` subtracts `mean` and divides by `std` after scaling to [0, 1], a number a channel. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/** What is taken from the training records: `standard` (mean 0, variance 1) or `min-max` (0 .. 1). */
export type ScalingKind = 'standard' | 'min-max';

/** Records that should be in no pool of a study, and why. */
export interface DoubtfulRecords {
  readonly records: Int32Array;
  readonly why: string;
}

/** Records with class labels, ready to be split and trained on. */
export interface Dataset {
  readonly name: string;
  readonly title: string;
  /** True if the records were generated rather than collected; every report made with them says so. */
  readonly synthetic: boolean;
  /** Number of records n. */
  readonly records: number;
  /** Number of features d; of pictures height x width x channels. */
  readonly features: number;
  readonly classes: number;
  /** Features, row-major [n, d]; binary data and pixels stay uint8 until they are batched. */
  readonly x: Uint8Array | Float32Array;
  /** True classes, [n], each in 0 .. classes-1. */
  readonly y: Int32Array;
  /** Set if the records are pictures: x is then row-major [n, height, width, channels], uint8 in 0 .. 255. */
  readonly image?: ImageShape;
  /** Names of the classes, [classes], where the source has any. */
  readonly classNames?: readonly string[];
  /** Size of the official training part: records 0 .. officialTrain-1; the official test part follows. */
  readonly officialTrain?: number;
  /** Columns that each model scales by the training records of its own; `x` has them as they are. */
  readonly scaling?: { readonly kind: ScalingKind; readonly columns: readonly number[] };
  /** Records to leave out of member and non-member pools; `cleanRecords` gives the others. */
  readonly doubtful?: DoubtfulRecords;
  /**
   * SHA-256, hex, which identifies the records: of the published file (Location30), else of the features and labels
   * themselves, so that it is the same whatever layout they were read from.
   */
  readonly sha256: string;
  readonly source: string;
  readonly license: string;
  readonly citation: string;
}

/** Which records: their numbers, in the order in which they are wanted. */
export type Chosen = Int32Array | readonly number[];

/**
 * Copies chosen records as float32, row-major [indices.length, d]. Pixels are divided by 255 in float32, as torchvision's
 * ToTensor does (the order stays height x width x channels), and normalized if the data set says so.
 */
export function takeFeatures({ x, features, image }: Dataset, indices: Chosen): Float32Array {
  if (image !== undefined && x instanceof Uint8Array) return takePixels(x, features, image, indices);
  const taken = new Float32Array(indices.length * features);
  indices.forEach((record, row) => {
    taken.set(x.subarray(record * features, (record + 1) * features), row * features);
  });
  return taken;
}

function takePixels(x: Uint8Array, features: number, image: ImageShape, indices: Chosen): Float32Array {
  const tables = pixelTables(image);
  const { channels } = image;
  const taken = new Float32Array(indices.length * features);
  indices.forEach((record, row) => {
    const from = record * features;
    const to = row * features;
    for (let channel = 0; channel < channels; channel++) {
      const table = tables[channel];
      for (let i = channel; i < features; i += channels) taken[to + i] = table[x[from + i]];
    }
  });
  return taken;
}

/** For each channel what each of the 256 pixel values becomes; every step rounded to float32. */
function pixelTables({ channels, normalization }: ImageShape): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 256 }, (_unused, value) => {
      const scaled = Math.fround(value / 255);
      if (normalization === undefined) return scaled;
      const { mean, std } = normalization;
      return Math.fround(scaled - Math.fround(mean[channel])) / Math.fround(std[channel]);
    }),
  );
}

/** Copies the labels of chosen records, [indices.length]. */
export function takeLabels({ y }: Dataset, indices: Chosen): Int32Array {
  return Int32Array.from(indices, (record) => y[record]);
}

/** A file as its publisher offers it. */
export interface SourceFile {
  readonly name: string;
  /** Official addresses, best first; none if it is only handed out after registration. */
  readonly urls: readonly string[];
  /** Size in bytes where it is known. */
  readonly bytes?: number;
  /** Checksums where the publisher (or a library that pins them) states any, hex. */
  readonly md5?: string;
  readonly sha256?: string;
  /** Id of the file as a git blob: SHA-1 of `blob SIZE\0` and the content. */
  readonly gitBlob?: string;
  /** People pack files of this name themselves; one with another checksum is read, and said to be such. */
  readonly isPackedByAnyone?: true;
}

/** What is known about a data set before any file is opened. */
export interface DatasetFacts {
  readonly name: string;
  readonly title: string;
  readonly records: number;
  readonly features: number;
  readonly classes: number;
  /** Size of the official training part, which comes first. */
  readonly officialTrain?: number;
  readonly image?: ImageShape;
  readonly classNames?: readonly string[];
  /** How each model of a study scales the columns of numbers, by its own training records; default not at all. */
  readonly scaling?: ScalingKind;
  /** What `ccl data fetch` brings. */
  readonly files: readonly SourceFile[];
  /** Other forms that are read as well, and checked if their checksum is known. */
  readonly otherFiles?: readonly SourceFile[];
  /** The page of the publisher. */
  readonly homepage: string;
  readonly source: string;
  /** License, or «none stated». */
  readonly license: string;
  readonly citation: string;
  /** What a user should know before a study. */
  readonly notes: readonly string[];
  /** The doubtful records of a copy that is known by its SHA-256 (`Dataset.sha256`). */
  readonly doubtful?: (sha256: string) => DoubtfulRecords | undefined;
}

/** What a layout reader gives: checked features and labels. */
export interface Content {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array;
  readonly classNames?: readonly string[];
  readonly image?: ImageShape;
  readonly officialTrain?: number;
}

/** One way in which the files of a data set may lie in a folder. */
export interface Layout {
  /** For help texts, e.g. «cifar-10-binary.tar.gz». */
  readonly title: string;
  /**
   * Paths relative to a folder, all of which must be there; each with its alternatives (raw or gz, two spellings).
   * A path that ends with `/` is a folder.
   */
  readonly paths: readonly (readonly string[])[];
  /** True if reading takes under a second, so that nothing is kept in the cache. */
  readonly quick?: boolean;
  /**
   * Reads the files found, in the order of `paths`.
   *
   * @throws UserError that names file and place if anything is not as `facts` say
   */
  read(found: readonly string[], facts: DatasetFacts, limits: ReadLimits): Promise<Content>;
}

/** A data set that is read from files. Tests pass one with small sizes and no checksums. */
export interface DatasetDefinition {
  readonly facts: DatasetFacts;
  /** Folders below the data folder in which the files may lie as well. */
  readonly folders: readonly string[];
  /** `any` if a part of the data set may be used; else another number of records than `facts` say is an error. */
  readonly size: 'fixed' | 'any';
  /** Fastest first; the first that is there is read. */
  readonly layouts: readonly Layout[];
  /** Raised when the same files give other numbers; older caches are then made again. */
  readonly revision: number;
}
