import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  queryPictures,
  rotated,
  rotationQueries,
  translated,
  translationQueries,
} from '../../src/data/augmentation';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kind: 'float' | 'uint8';
  readonly pictures: readonly number[];
  readonly rotations: Readonly<Record<string, readonly number[]>>;
  readonly shifts: Readonly<Record<string, readonly number[]>>;
}
const file = join(__dirname, '..', 'fixtures', 'data', 'rotations.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];
const pixelsOf = ({ kind, pictures }: Case): Uint8Array | Float32Array =>
  kind === 'uint8' ? Uint8Array.from(pictures) : Float32Array.from(pictures);
const furthest = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i])));

describe('pictures of the augmentation attack', () => {
  it('are rotated as scipy.ndimage.rotate does with order 1, floats and uint8', () => {
    for (const one of cases) {
      for (const [degrees, expected] of Object.entries(one.rotations))
        expect(furthest(rotated(pixelsOf(one), one, Number(degrees)), expected)).toBeLessThan(1e-7);
    }
  });

  it('are shifted as scipy.ndimage.shift does', () => {
    for (const one of cases) {
      for (const [shift, expected] of Object.entries(one.shifts)) {
        const [down, right] = shift.split(',').map(Number);
        expect(furthest(translated(pixelsOf(one), one, down, right), expected)).toBeLessThan(1e-8);
      }
    }
  });

  it('turn counter-clockwise for positive degrees', () => {
    const size = { height: 2, width: 2, channels: 1 };
    expect([...rotated(Uint8Array.of(1, 2, 3, 4), size, 90)]).toEqual([2, 4, 1, 3]);
    expect([...rotated(Uint8Array.of(1, 2, 3, 4), size, 0)]).toEqual([1, 2, 3, 4]);
    expect([...rotated(Uint8Array.of(1, 2, 3, 4), size, -270)]).toEqual([2, 4, 1, 3]);
  });

  it('come back after four quarter turns and after the opposite shift, where nothing was lost', () => {
    const side = fc.integer({ min: 1, max: 6 });
    const input = side.chain((n) =>
      fc.tuple(fc.constant(n), fc.uint8Array({ minLength: n * n, maxLength: n * n })),
    );
    fc.assert(
      fc.property(input, ([n, pixels]) => {
        const size = { height: n, width: n, channels: 1 };
        let turned = pixels;
        for (let i = 0; i < 4; i++) turned = rotated(turned, size, 90);
        expect(turned).toEqual(pixels);
        expect(rotated(pixels, size, 360)).toEqual(pixels);
        const back = translated(translated(pixels, size, 1, -2), size, -1, 2);
        back.forEach((value, i) => {
          const [y, x] = [Math.floor(i / n), i % n];
          expect(value).toBe(y + 1 < n && x - 2 >= 0 ? pixels[i] : 0);
        });
      }),
    );
  });

  it('form the sets of the attack: original with -r and r; original with all |i| + |j| = d', () => {
    expect(rotationQueries(4)).toEqual([
      { kind: 'original' },
      { kind: 'rotation', degrees: -4 },
      { kind: 'rotation', degrees: 4 },
    ]);
    for (const d of [1, 2, 5]) {
      const [first, ...shifts] = translationQueries(d);
      expect(first).toEqual({ kind: 'original' });
      const pairs = shifts.map((shift) =>
        shift.kind === 'translation' ? [shift.down, shift.right] : [0, 0],
      );
      expect(new Set(pairs.map(String)).size).toBe(4 * d);
      expect(pairs.every(([i, j]) => Math.abs(i) + Math.abs(j) === d)).toBe(true);
    }
  });

  it('are given by queryPictures, the original unchanged and not copied', () => {
    const size = { height: 4, width: 4, channels: 1 };
    const pixels = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(queryPictures(pixels, size, { kind: 'original' })).toBe(pixels);
    expect(queryPictures(pixels, size, { kind: 'rotation', degrees: 10 })).toEqual(rotated(pixels, size, 10));
    expect(queryPictures(pixels, size, { kind: 'translation', down: 1, right: 0 })[4]).toBe(0);
    expect(queryPictures(pixels, size, { kind: 'translation', down: 1, right: 0 })[5]).toBe(1);
  });

  it('are refused for angles, distances and arrays that make no sense', () => {
    const size = { height: 4, width: 4, channels: 1 };
    expect(() => rotationQueries(0)).toThrow(/rotation of the attack is 0/);
    expect(() => rotationQueries(Number.NaN)).toThrow(/is NaN/);
    expect(() => translationQueries(1.5)).toThrow(/translation of the attack is 1.5/);
    expect(() => translationQueries(0)).toThrow(/is 0/);
    expect(() => rotated(new Uint8Array(17), size, 4)).toThrow(/number of pixels is 17, but must be 32/);
    expect(() => rotated(new Uint8Array(16), size, Infinity)).toThrow(/rotation is Infinity/);
    expect(() => translated(new Uint8Array(16), size, 0.5, 0)).toThrow(/whole pixels/);
  });
});
