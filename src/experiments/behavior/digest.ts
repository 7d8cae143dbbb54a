import { createHash } from 'node:crypto';

/**
 * Numbers and texts on their way to a hash that stands for what was computed. Numbers count to five significant digits,
 * and as 0 where they are below 1e-6 of the largest of their list: float32 and the last bits of another Math.exp stay out.
 */
export class Digest {
  private readonly hash = createHash('sha256');

  text(words: string): void {
    this.hash.update(`${words}\n`);
  }

  /** @param name which numbers these are */
  numbers(name: string, values: ArrayLike<number>): void {
    const all = Array.from(values);
    const largest = all.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
    this.text(`${name} ${all.map((x) => rounded(x, 1e-6 * largest)).join(' ')}`);
  }

  /** 16 hex digits. */
  end(): string {
    return this.hash.digest('hex').slice(0, 16);
  }
}

function rounded(x: number, floor: number): string {
  if (!Number.isFinite(x)) return String(x);
  return Math.abs(x) <= floor ? '0' : x.toExponential(4);
}
