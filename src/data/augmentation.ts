import { z } from 'zod';
import { badInput } from '../errors';
import { randomStream, type Role } from '../platform/math/random';
import { parseOptions, unknownName } from '../options';
import type { ImageShape } from './dataset';

/** A batch of pictures, row-major [B, height, width, channels]: raw pixels, or floats as `takeFeatures` gives them. */
export type Pixels = Uint8Array | Float32Array;

/** Size of the pictures. With `normalization`, floats count as normalized, and black is what black became by that. */
export type PictureSize = ImageShape;

/** Whose randomness: with the record it determines what happens to each picture. */
export interface AugmentationKey {
  readonly seed: number;
  readonly role: Role;
  /** Which model of that role; default 0. */
  readonly index?: number;
  readonly epoch: number;
}

export interface Augmentation {
  readonly name: AugmentationName;
  readonly title: string;
  readonly options: {
    readonly padding: number;
    readonly flip: boolean;
    readonly queries: 'plain' | 'augmented';
  };
  /**
   * The batch as a model is trained on it.
   *
   * @param records a number for each picture, [B]; the same number in the same epoch is augmented in the same way
   * @returns a new array, or `pixels` itself where nothing is changed
   */
  forTraining<P extends Pixels>(pixels: P, size: PictureSize, records: Int32Array, key: AugmentationKey): P;
  /**
   * The batch as a model is tested and attacked on it: as it is, unless the study says `queries: 'augmented'`. The
   * official code puts test data and attack queries through the transform of the training data, so its scores are
   * random draws; that form exists for comparison only.
   */
  forQueries<P extends Pixels>(pixels: P, size: PictureSize, records: Int32Array, key: AugmentationKey): P;
}

/** Raised when the same key gives other pictures; part of a run's identity. */
export const augmentationRevision = 1;

const queries = z.enum(['plain', 'augmented']).default('plain');

/** All augmentations: what they are and their options. */
export const augmentations = {
  none: { title: 'none', parameters: z.object({}).strict() },
  'crop-flip': {
    title:
      'random crop after padding with black, and horizontal flip (data_loader_target.py of the official code)',
    parameters: z
      .object({
        padding: z.number().int('Must be a whole number of pixels').min(0).max(64).default(4),
        flip: z.boolean().default(true),
        queries,
      })
      .strict(),
  },
} as const;

export type AugmentationName = keyof typeof augmentations;

/** All names that `augmentation` takes. */
export const augmentationNames = Object.keys(augmentations) as AugmentationName[];

export type AugmentationOptions<Name extends AugmentationName> = z.input<
  (typeof augmentations)[Name]['parameters']
>;

/**
 * The augmentation of that name, e.g. `augmentation('crop-flip', { padding: 4 })`.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function augmentation<Name extends AugmentationName>(
  name: Name,
  options?: AugmentationOptions<Name>,
): Augmentation {
  return augmentationFromData(name, options);
}

/** The same for a name and options that come from a file or a command line. */
export function augmentationFromData(name: string, options?: unknown): Augmentation {
  if (!Object.prototype.hasOwnProperty.call(augmentations, name)) {
    throw unknownName('augmentation', name, augmentationNames);
  }
  const known = name as AugmentationName;
  const { title, parameters } = augmentations[known];
  const given = parseOptions(`augmentation ${name}`, parameters as z.ZodTypeAny, options) as object;
  const checked = { padding: 0, flip: false, queries: 'plain', ...given } as Augmentation['options'];
  const changes = checked.padding > 0 || checked.flip;
  const apply: Augmentation['forTraining'] = (pixels, size, records, key) => {
    requireBatch(pixels, size, records.length);
    return changes ? cropAndFlip(pixels, size, records, key, checked) : pixels;
  };
  return {
    name: known,
    title,
    options: checked,
    forTraining: apply,
    forQueries: (pixels, size, records, key) =>
      checked.queries === 'augmented' ? apply(pixels, size, records, key) : pixels,
  };
}

/**
 * Random crop after padding, then a horizontal flip with probability 1/2, for each picture by its own stream (seed,
 * role, index, epoch, record): the offset down, the offset to the right, each uniform on 0 .. 2 padding, the coin.
 *
 * @throws UserError if the number of pixels is not that of the records
 */
export function cropAndFlip<P extends Pixels>(
  pixels: P,
  size: PictureSize,
  records: Int32Array,
  { seed, role, index, epoch }: AugmentationKey,
  { padding, flip }: { readonly padding: number; readonly flip: boolean },
): P {
  requireBatch(pixels, size, records.length);
  const out = blackBatch(pixels, size);
  const length = size.height * size.width * size.channels;
  records.forEach((record, i) => {
    const stream = randomStream({ seed, role, index, purpose: 'augmentation', epoch, step: record });
    const down = stream.below(2 * padding + 1) - padding;
    const right = stream.below(2 * padding + 1) - padding;
    const mirrored = flip && stream.below(2) === 1;
    copyShifted(pixels, out, i * length, size, -down, -right);
    if (mirrored) mirrorRows(out, i * length, size);
  });
  return out;
}

/** Copies one picture so that what was at (y, x) stands at (y + down, x + right); what falls outside is lost. */
export function copyShifted(
  from: Pixels,
  to: Pixels,
  at: number,
  { height, width, channels }: PictureSize,
  down: number,
  right: number,
): void {
  const first = Math.max(0, -right);
  const last = Math.min(width, width - right);
  if (first >= last) return;
  const stride = width * channels;
  for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
    const source = at + y * stride;
    const target = at + (y + down) * stride + right * channels;
    to.set(from.subarray(source + first * channels, source + last * channels), target + first * channels);
  }
}

function mirrorRows(pixels: Pixels, at: number, { height, width, channels }: PictureSize): void {
  for (let y = 0; y < height; y++) {
    let left = at + y * width * channels;
    let right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      for (let c = 0; c < channels; c++) {
        const value = pixels[left + c];
        pixels[left + c] = pixels[right + c];
        pixels[right + c] = value;
      }
    }
  }
}

/** A batch of the same length in which every pixel is black: 0, or what 0 became by the normalization. */
export function blackBatch<P extends Pixels>(like: P, { channels, normalization }: PictureSize): P {
  if (like instanceof Uint8Array) return new Uint8Array(like.length) as P;
  const batch = new Float32Array(like.length);
  if (normalization === undefined) return batch as P;
  const { mean, std } = normalization;
  const black = Float32Array.from(
    { length: channels },
    (_, c) => Math.fround(-Math.fround(mean[c])) / Math.fround(std[c]),
  );
  for (let i = 0; i < batch.length; i++) batch[i] = black[i % channels];
  return batch as P;
}

/** @throws UserError if the array does not hold just that many pictures */
export function requireBatch(pixels: Pixels, { height, width, channels }: PictureSize, count: number): void {
  const expected = count * height * width * channels;
  if (pixels.length === expected) return;
  const rule = `must be ${expected} for ${count} pictures of ${height} x ${width} x ${channels}`;
  throw badInput(
    'the number of pixels',
    pixels.length,
    rule,
    'Give whole pictures, [B, height, width, channels]',
  );
}
