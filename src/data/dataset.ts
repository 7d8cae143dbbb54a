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
