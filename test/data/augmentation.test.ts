import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  augmentation,
  augmentationFromData,
  cropAndFlip,
  type AugmentationKey,
} from '../../src/data/augmentation';

const key: AugmentationKey = { seed: 1, role: 'target', epoch: 3 };
const range = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
/** Pixels from 1, so that padding (0) is told from content. */
const ramp = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => 1 + (i % 255));

/** The transform written out pixel by pixel. */
function slowCrop(
  picture: ArrayLike<number>,
  { height, width, channels }: { height: number; width: number; channels: number },
  [top, left, mirrored]: readonly [number, number, boolean],
  padding: number,
): number[] {
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceY = y + top - padding;
      const sourceX = (mirrored ? width - 1 - x : x) + left - padding;
      const inside = sourceY >= 0 && sourceY < height && sourceX >= 0 && sourceX < width;
      for (let c = 0; c < channels; c++)
        out.push(inside ? picture[(sourceY * width + sourceX) * channels + c] : 0);
    }
  }
  return out;
}

describe('crop-flip', () => {
  const sizes = fc.record({
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    channels: fc.constantFrom(1, 3),
  });

  it('is one of the crops and flips of the padded picture, for any size, padding and kind of array', () => {
    const input = fc.tuple(sizes, fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.boolean(), fc.nat(1000));
    fc.assert(
      fc.property(input, ([size, padding, flip, floats, seed]) => {
        const length = size.height * size.width * size.channels;
        const pixels = floats ? Float32Array.from(ramp(length)) : ramp(length);
        const before = pixels.slice();
        const out = cropAndFlip(pixels, size, Int32Array.of(9), { ...key, seed }, { padding, flip });
        expect(pixels).toEqual(before);
        expect(out.constructor).toBe(pixels.constructor);
        const possible: string[] = [];
        for (let top = 0; top <= 2 * padding; top++)
          for (let left = 0; left <= 2 * padding; left++)
            for (const mirrored of flip ? [false, true] : [false])
              possible.push(slowCrop(pixels, size, [top, left, mirrored], padding).join());
        expect(possible).toContain(Array.from(out).join());
      }),
    );
  });

  it('draws all 9 x 9 offsets and both directions about equally often', () => {
    const wide = { height: 9, width: 9, channels: 1 };
    const counts = new Map<string, number>();
    const n = 6480;
    const picture = Uint8Array.from({ length: 81 }, (_, i) => i + 1);
    const all = new Uint8Array(81 * n);
    for (let i = 0; i < n; i++) all.set(picture, i * 81);
    const out = cropAndFlip(all, wide, range(n), key, { padding: 4, flip: true });
    for (let i = 0; i < n; i++) {
      const center = out[i * 81 + 40];
      const step = out[i * 81 + 41] - center;
      const name = `${center},${step}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(counts.size).toBe(162);
    // 40 each, standard deviation 6.3.
    expect(Math.min(...counts.values())).toBeGreaterThan(10);
    expect(Math.max(...counts.values())).toBeLessThan(75);
  });

  it('depends on seed, model, epoch and record, not on the place in the batch', () => {
    const size = { height: 8, width: 8, channels: 3 };
    const pixels = ramp(192 * 6);
    const { forTraining } = augmentation('crop-flip');
    const whole = forTraining(pixels, size, range(6), key);
    const last = forTraining(pixels.subarray(192 * 5), size, Int32Array.of(5), key);
    expect(whole.subarray(192 * 5)).toEqual(last);
    const changes: Partial<AugmentationKey>[] = [{ seed: 2 }, { role: 'shadow' }, { index: 1 }, { epoch: 4 }];
    for (const change of changes)
      expect(forTraining(pixels, size, range(6), { ...key, ...change })).not.toEqual(whole);
    const digest = createHash('sha256').update(whole).digest('hex').slice(0, 16);
    expect(digest).toBe('1d1a5315f20b9af7');
  });

  it('pads normalized floats with what black became by the normalization', () => {
    const normalization = { mean: [0.5, 0.25, 0.125], std: [0.25, 0.5, 0.5] };
    const size = { height: 2, width: 2, channels: 3, normalization };
    // Shifted by more than the picture in most draws.
    const out = cropAndFlip(new Float32Array(12 * 50).fill(7), size, range(50), key, {
      padding: 9,
      flip: false,
    });
    const blacks = new Set<string>();
    for (let i = 0; i < out.length; i += 3) if (out[i] !== 7) blacks.add([...out.subarray(i, i + 3)].join());
    expect([...blacks]).toEqual(['-2,-0.5,-0.25']);
  });

  it('leaves test data and queries alone unless the study says otherwise', () => {
    const size = { height: 8, width: 8, channels: 1 };
    const pixels = ramp(64 * 5);
    const plain = augmentation('crop-flip');
    expect(plain.options).toEqual({ padding: 4, flip: true, queries: 'plain' });
    expect(plain.forQueries(pixels, size, range(5), key)).toBe(pixels);
    const defective = augmentation('crop-flip', { queries: 'augmented' });
    expect(defective.forQueries(pixels, size, range(5), key)).not.toEqual(pixels);
    const none = augmentation('none');
    expect(none.forTraining(pixels, size, range(5), key)).toBe(pixels);
    expect(none.forQueries(pixels, size, range(5), key)).toBe(pixels);
  });

  it('names what is wrong', () => {
    expect(() => augmentationFromData('crop')).toThrow(/"crop" is no augmentation/);
    expect(() => augmentationFromData('crop-flip', { padding: -1 })).toThrow(/padding is -1/);
    expect(() => augmentationFromData('crop-flip', { querys: 'plain' })).toThrow(/Did you mean "queries"/);
    expect(() => augmentationFromData('none', { padding: 4 })).toThrow(/padding/);
    const size = { height: 8, width: 8, channels: 3 };
    expect(() => augmentation('crop-flip').forTraining(ramp(100), size, range(1), key)).toThrow(
      /number of pixels is 100, but must be 192 for 1 pictures of 8 x 8 x 3/,
    );
  });
});
