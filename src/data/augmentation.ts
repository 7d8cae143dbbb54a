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

/** One picture of the set that the augmentation attack asks for. */
export type QueryTransform =
  | { readonly kind: 'original' }
  | { readonly kind: 'rotation'; readonly degrees: number }
  | { readonly kind: 'translation'; readonly down: number; readonly right: number };

/**
 * The rotations of the augmentation attack (Choquette-Choo et al., ICML 2021): the original, then -r and r degrees.
 *
 * @param degrees r, in (0, 180); the paper of the CCL has 4 (reference code of the attack: every whole degree up to r)
 * @throws UserError if r is out of range
 */
export function rotationQueries(degrees: number): QueryTransform[] {
  if (!(degrees > 0 && degrees < 180)) {
    throw badInput(
      'the rotation of the attack',
      degrees,
      'must be in (0, 180) degrees',
      'Use 4, as the paper',
    );
  }
  return [{ kind: 'original' }, { kind: 'rotation', degrees: -degrees }, { kind: 'rotation', degrees }];
}

/**
 * The translations of the augmentation attack: the original, then the 4 d shifts (down i, right j) with |i| + |j| = d,
 * clockwise from straight up.
 *
 * @param distance d, a whole number of pixels from 1; the paper has 1
 * @throws UserError if d is out of range
 */
export function translationQueries(distance: number): QueryTransform[] {
  if (!Number.isInteger(distance) || distance < 1 || distance > 1024) {
    const rule = 'must be a whole number of pixels, 1 to 1024';
    throw badInput('the translation of the attack', distance, rule, 'Use 1, as the paper');
  }
  const shifts: QueryTransform[] = [];
  const add = (down: number, right: number): void => {
    shifts.push({ kind: 'translation', down, right });
  };
  for (let k = 0; k < distance; k++) add(k - distance, k);
  for (let k = 0; k < distance; k++) add(k, distance - k);
  for (let k = 0; k < distance; k++) add(distance - k, -k);
  for (let k = 0; k < distance; k++) add(-k, k - distance);
  return [{ kind: 'original' }, ...shifts];
}

/**
 * A batch as one query of the attack shows it; what comes in from outside is black.
 *
 * @param pixels [B, height, width, channels]
 * @returns a new array (`pixels` itself for the original)
 * @throws UserError if the array does not hold whole pictures
 */
export function queryPictures<P extends Pixels>(pixels: P, size: PictureSize, query: QueryTransform): P {
  if (query.kind === 'original') return pixels;
  if (query.kind === 'rotation') return rotated(pixels, size, query.degrees);
  return translated(pixels, size, query.down, query.right);
}

/** Shifts whole pictures by whole pixels; what was at (y, x) stands at (y + down, x + right). */
export function translated<P extends Pixels>(pixels: P, size: PictureSize, down: number, right: number): P {
  if (!Number.isInteger(down) || !Number.isInteger(right)) {
    throw badInput('a translation', [down, right], 'must be in whole pixels', 'Round it');
  }
  const count = wholePictures(pixels, size);
  const out = blackBatch(pixels, size);
  const length = pixels.length / Math.max(1, count);
  for (let i = 0; i < count; i++) copyShifted(pixels, out, i * length, size, down, right);
  return out;
}

/** Where each pixel of a rotated picture comes from: upper left neighbor, steps to the next ones, weights. */
interface RotationPlan {
  /** Pixel number of the upper left neighbor, or -1 if the point lies outside. */
  readonly from: Int32Array;
  readonly fractionDown: Float64Array;
  readonly fractionRight: Float64Array;
}

/**
 * Rotates pictures about their center, counter-clockwise as one looks at them, in the frame of the original: bilinear
 * interpolation in double precision; points outside the centers of the border pixels are black. That is
 * scipy.ndimage.rotate(order=1, reshape=False, mode='constant'). uint8 is rounded half up.
 *
 * @throws UserError if the angle is not finite, or the array does not hold whole pictures
 */
export function rotated<P extends Pixels>(pixels: P, size: PictureSize, degrees: number): P {
  if (!Number.isFinite(degrees)) throw badInput('the rotation', degrees, 'must be finite', 'Give degrees');
  const count = wholePictures(pixels, size);
  const { height, width, channels } = size;
  const out = blackBatch(pixels, size);
  const { from, fractionDown, fractionRight } = rotationPlan(height, width, degrees);
  const rounding = pixels instanceof Uint8Array ? 0.5 : 0;
  for (let i = 0; i < count; i++) {
    const at = i * height * width * channels;
    for (let p = 0; p < from.length; p++) {
      if (from[p] < 0) continue;
      const [b, r] = [fractionDown[p], fractionRight[p]];
      const upper = at + from[p] * channels;
      // A neighbor with weight 0 may lie outside the picture; it is replaced by one inside.
      const toRight = r > 0 ? channels : 0;
      const toBelow = b > 0 ? width * channels : 0;
      for (let c = 0; c < channels; c++) {
        const k = upper + c;
        const above = pixels[k] * (1 - r) + pixels[k + toRight] * r;
        const below = pixels[k + toBelow] * (1 - r) + pixels[k + toBelow + toRight] * r;
        out[at + p * channels + c] = above * (1 - b) + below * b + rounding;
      }
    }
  }
  return out;
}

function rotationPlan(height: number, width: number, degrees: number): RotationPlan {
  const [cosine, sine] = cosineAndSine(degrees);
  const centerY = (height - 1) / 2;
  const centerX = (width - 1) / 2;
  const from = new Int32Array(height * width).fill(-1);
  const fractionDown = new Float64Array(height * width);
  const fractionRight = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceY = onGrid(centerY + cosine * (y - centerY) + sine * (x - centerX));
      const sourceX = onGrid(centerX - sine * (y - centerY) + cosine * (x - centerX));
      if (sourceY < 0 || sourceY > height - 1 || sourceX < 0 || sourceX > width - 1) continue;
      const p = y * width + x;
      from[p] = Math.floor(sourceY) * width + Math.floor(sourceX);
      fractionDown[p] = sourceY - Math.floor(sourceY);
      fractionRight[p] = sourceX - Math.floor(sourceX);
    }
  }
  return { from, fractionDown, fractionRight };
}

/** Rounding must not push a point of the border outside. */
function onGrid(coordinate: number): number {
  const nearest = Math.round(coordinate);
  return Math.abs(coordinate - nearest) < 1e-9 ? nearest : coordinate;
}

/** Exact for quarter turns. */
function cosineAndSine(degrees: number): [number, number] {
  const turns = (((degrees % 360) + 360) % 360) / 90;
  if (Number.isInteger(turns))
    return (
      [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ] as const
    )[turns].slice() as [number, number];
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

function wholePictures(pixels: Pixels, size: PictureSize): number {
  const count = Math.ceil(pixels.length / (size.height * size.width * size.channels));
  requireBatch(pixels, size, count);
  return count;
}
