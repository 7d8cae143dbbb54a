import type { RandomStream } from './random';

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

/** 2^-32, which turns a word into a fraction of a bound. */
const fraction = 2 ** -32;

/** A source of many random words, for resampling; one call fills a whole array. */
export interface FastWords {
  /** Fills `out` with integers, uniform on [0, 2^32). */
  fill(out: Uint32Array): void;
  /** Fills `out` with integers in [0, bound); no value's chance is off by more than 2^-32. */
  indices(out: Uint32Array, bound: number): void;
}

/**
 * Opens a small fast generator whose state is taken from a stream, so that it has an address like all randomness: sfc32
 * of C. Doty-Humphrey's PractRand (three words of state and a counter, period at least 2^32), the first twelve words
 * thrown away. About ten times as fast as the counter-based stream, which a bootstrap of 1e5 records needs: 1e8 draws.
 */
export function fastWords(stream: RandomStream): FastWords {
  const state = Int32Array.of(stream.uint32(), stream.uint32(), stream.uint32(), 1);
  function fill(out: Uint32Array): void {
    // Read one by one, and each sum cut to 32 bits by itself: so the compiler knows that they are integers, which makes
    // the loop five times as fast.
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let counter = state[3];
    for (let i = 0; i < out.length; i++) {
      const word = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + word) | 0;
      out[i] = word;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = counter;
  }
  fill(new Uint32Array(12));
  return {
    fill,
    indices(out, bound) {
      fill(out);
      const scale = bound * fraction;
      for (let i = 0; i < out.length; i++) out[i] = Math.floor(out[i] * scale);
    },
  };
}
