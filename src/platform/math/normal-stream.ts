import type { RandomStream } from './random';

/** Fills `out` with independent standard normal numbers (Box and Muller 1958), two uniforms a number. */
export function fillNormals(out: Float64Array, stream: RandomStream): void {
  for (let i = 0; i < out.length; i++) {
    // 1 - u is never 0.
    const radius = Math.sqrt(-2 * Math.log(1 - stream.uniform()));
    out[i] = radius * Math.cos(2 * Math.PI * stream.uniform());
  }
}
