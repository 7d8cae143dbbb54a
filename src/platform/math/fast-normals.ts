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
/** Places of a layer, in these units, that lie under the next one, so that they are kept without a look at the curve. */
const sure = Int32Array.from({ length: layers }, (_, i) => Math.floor(edges[i + 1] / widths[i] - 0.5));

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}

/**
 * Fills `out` with independent normal numbers of this standard deviation: the ziggurat of Marsaglia and Tsang (2000), with
 * a word's lowest 8 bits for the layer and the other 24 for the place, so that they are independent (Doornik 2005). For
 * noise of a million weights a step; the tails are those of the normal distribution, neighbors are at most 5e-7 apart.
 */
export function fillFastNormals(out: Float32Array, words: FastWords, deviation = 1): void {
  const buffer = new Uint32Array(Math.min(bufferSize, out.length));
  const signed = new Int32Array(buffer.buffer);
  const more = moreWords(words);
  for (let start = 0; start < out.length; start += buffer.length) {
    words.fill(buffer);
    const end = Math.min(buffer.length, out.length - start);
    for (let k = 0; k < end; k++) {
      const bits = signed[k];
      const layer = bits & (layers - 1);
      const place = bits >> 8;
      out[start + k] = (place + 0.5) * widths[layer] * deviation;
      // |place + 0.5| without a branch on the sign, which no processor can foresee.
      if ((place ^ (place >> 31)) >= sure[layer]) out[start + k] = atTheEdge(bits, more) * deviation;
    }
  }
}

/** The number that a word near the edge of its layer stands for, by the curve itself; one in a hundred. */
function atTheEdge(first: number, more: () => number): number {
  for (let bits = first; ; bits = more()) {
    const layer = bits & (layers - 1);
    const x = ((bits >> 8) + 0.5) * widths[layer];
    if (Math.abs(x) < edges[layer + 1]) return x;
    if (layer === 0) return x < 0 ? -tail(more) : tail(more);
    if (heights[layer] + uniform(more()) * (heights[layer + 1] - heights[layer]) < density(x)) return x;
  }
}

/** Words, as signed integers, for the few numbers that need another one. */
function moreWords(words: FastWords): () => number {
  const buffer = new Uint32Array(256);
  let used = buffer.length;
  return () => {
    if (used === buffer.length) {
      words.fill(buffer);
      used = 0;
    }
    return buffer[used++] | 0;
  };
}

/** A word as a number in (0, 1). */
function uniform(word: number): number {
  return ((word >>> 0) + 0.5) * 2 ** -32;
}

/** A normal number beyond the start of the tail (Marsaglia 1964). */
function tail(more: () => number): number {
  for (;;) {
    const x = -Math.log(uniform(more())) / tailStart;
    if (-2 * Math.log(uniform(more())) > x * x) return tailStart + x;
  }
}
