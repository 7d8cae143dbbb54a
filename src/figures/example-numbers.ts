import { fillNormals } from '../math/normal-stream';
import { randomStream } from '../math/random';

/** Standard normal numbers at a place; the same place gives the same numbers. */
export function normals(place: number, count: number): Float64Array {
  const out = new Float64Array(count);
  fillNormals(out, randomStream({ seed: 9, role: 'evaluation', purpose: 'synthetic', step: place }));
  return out;
}
