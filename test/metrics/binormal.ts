import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';

/** Binormal scores: m members N(shift, sd^2), then n non-members N(0, 1). */
export function binormal(
  draw: number,
  m: number,
  n: number,
  shift: number,
  sd: number,
): [Float64Array, Uint8Array] {
  const scores = new Float64Array(m + n);
  fillNormals(scores, randomStream({ seed: 11, role: 'evaluation', purpose: 'synthetic', step: draw }));
  for (let i = 0; i < m; i++) scores[i] = shift + sd * scores[i];
  return [scores, Uint8Array.from(scores, (_, i) => (i < m ? 1 : 0))];
}
