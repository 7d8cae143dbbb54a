import { fillNormals } from '../platform/math/normal-stream';
import { randomStream, type RandomStream } from '../platform/math/random';
import { cumulativeShares, drawn } from './synthetic-binary';

/** How pictures with classes are generated. */
export interface ImageRecipe {
  /** Keeps the streams of different sets apart, a whole number from 1. */
  readonly id: number;
  readonly side: number;
  readonly classes: number;
  /**
   * Patterns of each class, one of which a picture shows. The k-th, from 1, has a probability proportional to 1/k, so the
   * last ones are seen a few times only and have to be learnt by heart (Feldman, STOC 2020).
   */
  readonly modes: number;
  /** Patterns that belong to no class, one of which lies over each picture. */
  readonly backgrounds: number;
  /** Standard deviation in gray levels of the class's pattern, of the background and of the noise of each pixel. */
  readonly signal: number;
  readonly background: number;
  readonly noise: number;
}

const channels = 3;

/**
 * Generates color pictures: a smooth periodic pattern of the class, shifted and mirrored at random and of random
 * contrast, over a smooth background that says nothing about the class, with noise; rounded and cut at 0 and 255. A
 * picture depends on seed and number only, so a smaller set is the beginning of a larger one.
 *
 * @returns x [records, side, side, 3] and y [records], each class equally likely
 */
export function generateImages(
  recipe: ImageRecipe,
  records: number,
  seed: number,
): { x: Uint8Array; y: Int32Array } {
  const { id, side, classes, modes, backgrounds, signal, background } = recipe;
  const length = side * side * channels;
  const shapes = patterns(classes * modes, side, signal, seed, 2 * id, 0);
  const scenes = patterns(backgrounds, side, background, seed, 2 * id, 1);
  const frequencies = cumulativeShares(Float64Array.from({ length: modes }, (_, k) => 1 / (k + 1)));
  const x = new Uint8Array(records * length);
  const y = new Int32Array(records);
  for (let record = 0; record < records; record++) {
    const key = { seed, role: 'data', purpose: 'synthetic', epoch: 2 * id + 1, step: record } as const;
    const stream = randomStream(key);
    y[record] = stream.below(classes);
    const shape = shapes[y[record] * modes + drawn(frequencies, stream.uniform())];
    const scene = scenes[stream.below(backgrounds)];
    paint(x.subarray(record * length, (record + 1) * length), recipe, shape, scene, stream);
  }
  return { x, y };
}

function paint(
  picture: Uint8Array,
  { side, noise }: ImageRecipe,
  shape: Float32Array,
  scene: Float32Array,
  stream: RandomStream,
): void {
  const [shapeY, shapeX, sceneY, sceneX] = [0, 0, 0, 0].map(() => stream.below(side));
  const mirrored = stream.below(2) === 1;
  const contrast = 0.5 + stream.uniform();
  const light = 120 + 60 * (stream.uniform() - 0.5);
  // The sum of two bytes minus 255 has standard deviation sqrt((256^2 - 1) / 6).
  const scale = noise / Math.sqrt((256 * 256 - 1) / 6);
  let word = 0;
  let k = 0;
  for (let row = 0; row < side; row++) {
    const shapeRow = ((row + shapeY) % side) * side;
    const sceneRow = ((row + sceneY) % side) * side;
    for (let column = 0; column < side; column++) {
      const across = (mirrored ? side - 1 - column : column) + shapeX;
      const a = (shapeRow + (across % side)) * channels;
      const b = (sceneRow + ((column + sceneX) % side)) * channels;
      for (let c = 0; c < channels; c++, k++) {
        word = (k & 1) === 0 ? stream.uint32() : word >>> 16;
        const grain = (word & 0xff) + ((word >>> 8) & 0xff) - 255;
        const level = light + contrast * shape[a + c] + scene[b + c] + scale * grain + 0.5;
        picture[k] = level < 0 ? 0 : level > 255 ? 255 : level;
      }
    }
  }
}

/** Waves a pattern is the sum of, and the highest number of periods across the picture. */
const waves = 12;
const highest = 4;

/** Smooth periodic patterns, each [side, side, 3] with mean 0 and the standard deviation `spread`. */
function patterns(
  count: number,
  side: number,
  spread: number,
  seed: number,
  epoch: number,
  kind: 0 | 1,
): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const stream = randomStream({ seed, role: 'data', purpose: 'synthetic', epoch, step: 2 * i + kind });
    const pattern = new Float32Array(side * side * channels);
    for (let w = 0; w < waves; w++) addWave(pattern, side, stream);
    return scaled(pattern, spread);
  });
}

function addWave(pattern: Float32Array, side: number, stream: RandomStream): void {
  const down = stream.below(2 * highest + 1) - highest;
  const right = stream.below(2 * highest + 1) - highest;
  if (down === 0 && right === 0) return;
  // Long waves are stronger, as in photographs; the colors of a wave are mostly alike.
  const strength = 1 / Math.hypot(down, right);
  const phase = stream.uniform();
  const z = new Float64Array(channels + 1);
  fillNormals(z, stream);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const wave = strength * Math.cos(2 * Math.PI * ((down * y + right * x) / side + phase));
      for (let c = 0; c < channels; c++)
        pattern[(y * side + x) * channels + c] += wave * (z[channels] + 0.5 * z[c]);
    }
  }
}

function scaled(pattern: Float32Array, spread: number): Float32Array {
  let mean = 0;
  for (const value of pattern) mean += value / pattern.length;
  let variance = 0;
  for (const value of pattern) variance += (value - mean) ** 2 / pattern.length;
  return pattern.map((value) => ((value - mean) * spread) / Math.sqrt(variance));
}
