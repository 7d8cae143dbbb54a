import { badInput } from '../errors';
import { blackBatch, copyShifted, requireBatch, type PictureSize, type Pixels } from './augmentation';

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
