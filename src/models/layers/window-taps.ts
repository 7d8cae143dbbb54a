import type { Window } from '../../platform/backend/kernels';

/** The taps of a square filter that ever meet the image, and the window that they make. */
export interface Taps {
  /** Number of the first tap that is used. */
  readonly first: number;
  /** How many are used. */
  readonly count: number;
  /** The window of the used taps alone; it gives the same output. */
  readonly window: Window;
}

/**
 * On small images the outer taps of a filter see nothing but padding (a 3x3 filter with padding 1 on one pixel has one
 * tap that counts). Leaving them out changes no number and saves up to eight ninths of the work.
 *
 * @param input height of a square image
 * @param output height of the result
 */
export function usedTaps(input: number, output: number, { size, stride, pad }: Window): Taps {
  const meets = (tap: number): boolean => {
    for (let place = 0; place < output; place++) {
      const at = place * stride - pad[0] + tap;
      if (at >= 0 && at < input) return true;
    }
    return false;
  };
  const used = Array.from({ length: size }, (_, tap) => tap).filter(meets);
  const first = used[0];
  const count = used[used.length - 1] - first + 1;
  const before = pad[0] - first;
  const after = Math.max(0, (output - 1) * stride + count - input - before);
  return { first, count, window: { size: count, stride, pad: [before, after] } };
}
