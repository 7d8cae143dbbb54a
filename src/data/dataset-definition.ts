import type { ReadLimits } from '../platform/formats/limits';
import type { DoubtfulRecords, ImageShape, ScalingKind } from './dataset';

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
