import { badInput, UserError } from '../../errors';

/** How much a reader may hold. */
export interface ReadLimits {
  /** Bytes that the content of one file may take in memory; 4 GiB unless given. */
  readonly maxMemory?: number;
}

export const defaultMaxMemory = 4 * 2 ** 30;

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Reads a number of bytes as a person types it: `2GB` (2e9), `2GiB` or `2G` (2 x 2^30), `500MB`, `1048576`.
 *
 * @throws UserError if it is no such number or below 1
 */
export function parseBytes(text: string): number {
  const [, digits = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : NaN;
  const bytes = digits === '' ? NaN : Math.floor(Number(digits) * factor);
  if (Number.isSafeInteger(bytes) && bytes >= 1) return bytes;
  throw badInput(
    'the amount of memory',
    text,
    'it must be a number of bytes with or without a unit (kB, MB, GB, TB; KiB, MiB, GiB, TiB)',
    'Write for example 2GB',
  );
}

/** The limit in bytes. */
export const maxMemory = (limits: ReadLimits | undefined): number => limits?.maxMemory ?? defaultMaxMemory;

/**
 * Refuses a size before anything of that size exists.
 *
 * @param what what would take the bytes, as the beginning of a sentence
 * @throws UserError if `bytes` is more than the limit
 */
export function checkSize(what: string, bytes: number, limits: ReadLimits | undefined): void {
  const limit = maxMemory(limits);
  if (bytes <= limit) return;
  throw new UserError(
    `${what} would take ${shownBytes(bytes)} of memory, but the limit is ${shownBytes(limit)}. ` +
      'If the file is what you expect, raise the limit with --max-memory (maxMemory in code).',
  );
}

/** A number of bytes for people: exact below 10,000, then with three digits and a unit. */
export function shownBytes(bytes: number): string {
  if (bytes < 1e4) return `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 5);
  const unit = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'][power];
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${unit}`;
}
