import { badInput } from '../../errors';

/** Whose randomness it is: the data split, a target model, a shadow model, the evaluation of results, a part of a model. */
export type Role = 'data' | 'target' | 'shadow' | 'evaluation' | 'part';

/** What the numbers are for. Two purposes never share a number. */
export type Purpose =
  | 'split'
  | 'weights'
  | 'order'
  | 'augmentation'
  | 'dropout'
  | 'mixup'
  | 'noise'
  | 'bootstrap'
  | 'permutation'
  | 'synthetic'
  | 'answer'
  | 'inference'
  | 'comparison';

// The positions in these two lists enter every random number: append, never reorder.
const roles: readonly Role[] = ['data', 'target', 'shadow', 'evaluation', 'part'];
const purposes: readonly Purpose[] = [
  'split',
  'weights',
  'order',
  'augmentation',
  'dropout',
  'mixup',
  'noise',
  'bootstrap',
  'permutation',
  'synthetic',
  'answer',
  'inference',
  'comparison',
];

/** The address of a stream. The method (loss, defense) is left out on purpose: methods of one seed are paired. */
export interface StreamKey {
  /** Seed of the experiment, an integer in [0, 2^32). */
  readonly seed: number;
  readonly role: Role;
  /** Which model of that role, an integer in [0, 2^20); default 0. */
  readonly index?: number;
  readonly purpose: Purpose;
  /** An integer in [0, 2^32); default 0. */
  readonly epoch?: number;
  /** Batch, layer or repetition within the epoch, an integer in [0, 2^32); default 0. */
  readonly step?: number;
}

/** A stream of random numbers at one address; the same address gives the same numbers everywhere and always. */
export interface RandomStream {
  /** An integer, uniform on [0, 2^32). */
  uint32(): number;
  /** A double with 53 random bits, uniform on [0, 1). */
  uniform(): number;
  /** An integer, uniform on [0, bound), without modulo bias; bound in [1, 2^32]. */
  below(bound: number): number;
  /** A uniformly random order of 0 .. n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array;
}

const twoTo32 = 2 ** 32;

/**
 * Opens the counter-based stream at an address: Philox4x32-10 (Salmon et al., SC 2011) with the address as key and
 * upper counter. There is no state to keep: a resumed run opens the streams of the epoch that it continues with.
 *
 * @throws UserError if seed, index, epoch or step is not an integer in its range
 *
 * @example
 * ```ts
 * import { randomStream } from 'ccl-lab';
 *
 * const stream = () => randomStream({ seed: 1, role: 'evaluation', purpose: 'synthetic' });
 * console.log(stream().uniform() === stream().uniform()); // prints true
 * ```
 */
export function randomStream(key: StreamKey): RandomStream {
  const { seed, role, index = 0, purpose, epoch = 0, step = 0 } = key;
  checkInteger('seed', seed, twoTo32);
  checkInteger('model index', index, 2 ** 20);
  checkInteger('epoch', epoch, twoTo32);
  checkInteger('step', step, twoTo32);
  const address = ((purposes.indexOf(purpose) << 24) | (roles.indexOf(role) << 20) | index) >>> 0;
  const block = new Uint32Array(4);
  let blocks = 0;
  let used = 4;

  function uint32(): number {
    if (used === 4) {
      philox4x32(block, blocks++, step, epoch, 0, seed, address);
      used = 0;
    }
    return block[used++];
  }
  function uniform(): number {
    const high = uint32() >>> 5;
    const low = uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }
  function below(bound: number): number {
    // Reject the incomplete last multiple of `bound`, so that each remainder is equally likely.
    const limit = twoTo32 - (twoTo32 % bound);
    let value = uint32();
    while (value >= limit) value = uint32();
    return value % bound;
  }
  function permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1);
      const swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
  return { uint32, uniform, below, permutation };
}

function checkInteger(what: string, value: number, bound: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= bound) {
    throw badInput(what, value, `must be a whole number from 0 to ${bound - 1}`, 'Choose another one');
  }
}

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw («Parallel random numbers: as easy as
 * 1, 2, 3», SC 2011): ten rounds of a keyed bijection on 128-bit counters.
 *
 * @param out receives the four 32-bit words, [4]
 * @param c0 c1 c2 c3 the counter, each an integer in [0, 2^32)
 * @param k0 k1 the key, likewise
 */
export function philox4x32(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = highWord(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0);
    const high1 = highWord(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers (as a signed 32-bit integer). */
function highWord(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each partial sum stays below 2^53, so the arithmetic in doubles is exact.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 65536);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) | 0;
}
