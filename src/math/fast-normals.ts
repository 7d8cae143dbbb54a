import type { FastWords } from './fast-words';

/** Layers of the ziggurat; their edges x[0] > x[1] = tailStart > ... > x[layers] = 0, all of one area. */
const layers = 256;
const tailStart = 3.6541528853610088;
const area = 4.92867323399e-3;

/** Words that are made at once. */
const bufferSize = 4096;

const edges = new Float64Array(layers + 1);
const heights = new Float64Array(layers + 1);
edges[0] = area / density(tailStart);
edges[1] = tailStart;
for (let i = 2; i < layers; i++) {
  edges[i] = Math.sqrt(-2 * Math.log(area / edges[i - 1] + density(edges[i - 1])));
}
edges.forEach((x, i) => (heights[i] = density(x)));
/** Width of a layer in units of a signed 24-bit integer. */
const widths = edges.map((x) => x / 2 ** 23);

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}

/**
 * Fills `out` with independent standard normal numbers: the ziggurat of Marsaglia and Tsang (2000), with a word's lowest
 * 8 bits for the layer and the other 24 for the place, so that they are independent (Doornik 2005). For noise of a million
 * weights a step; the tails are those of the normal distribution, the grid between neighbors is at most 5e-7.
 */
export function fillFastNormals(out: Float32Array, words: FastWords): void {
  const buffer = new Uint32Array(Math.min(bufferSize, out.length + 8));
  const uniform = uniforms(words);
  for (let i = 0; i < out.length;) {
    words.fill(buffer);
    for (let k = 0; k < buffer.length && i < out.length; k++) {
      const bits = buffer[k];
      const layer = bits & (layers - 1);
      const x = ((bits >> 8) + 0.5) * widths[layer];
      if (Math.abs(x) < edges[layer + 1] || isUnderCurve(x, layer, uniform)) out[i++] = x;
      else if (layer === 0) out[i++] = x < 0 ? -tail(uniform) : tail(uniform);
    }
  }
}

/** Whether a place in the part of a layer that the curve cuts is kept; never in the lowest one, which has the tail. */
function isUnderCurve(x: number, layer: number, uniform: () => number): boolean {
  if (layer === 0) return false;
  return heights[layer] + uniform() * (heights[layer + 1] - heights[layer]) < density(x);
}

/** Numbers in (0, 1) for the few places that need one. */
function uniforms(words: FastWords): () => number {
  const buffer = new Uint32Array(256);
  let used = buffer.length;
  return () => {
    if (used === buffer.length) {
      words.fill(buffer);
      used = 0;
    }
    return (buffer[used++] + 0.5) * 2 ** -32;
  };
}

/** A normal number beyond the start of the tail (Marsaglia 1964). */
function tail(uniform: () => number): number {
  for (;;) {
    const x = -Math.log(uniform()) / tailStart;
    if (-2 * Math.log(uniform()) > x * x) return tailStart + x;
  }
}
