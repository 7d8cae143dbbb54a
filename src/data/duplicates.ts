import type { Dataset } from './dataset';

/**
 * Finds records with exactly the same features (labels may differ): a membership study would count such a record as
 * member and non-member at once.
 *
 * @returns groups of at least two record numbers, each ascending, ordered by their first
 */
export function exactDuplicates({
  x,
  records,
  features,
}: Pick<Dataset, 'x' | 'records' | 'features'>): Int32Array[] {
  const bytes = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  const width = features * x.BYTES_PER_ELEMENT;
  // First records by hash; chains of distinct records with the same hash are followed and compared byte by byte.
  const heads = new Map<number, number[]>();
  const groups = new Map<number, number[]>();
  for (let record = 0; record < records; record++) {
    const hash = hashRow(bytes, record * width, width);
    const firsts = heads.get(hash);
    if (firsts === undefined) {
      heads.set(hash, [record]);
      continue;
    }
    const first = firsts.find((candidate) => sameRow(bytes, candidate * width, record * width, width));
    if (first === undefined) firsts.push(record);
    else if (groups.has(first)) groups.get(first)!.push(record);
    else groups.set(first, [first, record]);
  }
  return [...groups.values()].sort((a, b) => a[0] - b[0]).map((group) => Int32Array.from(group));
}

/**
 * The records that may be in the pools of a membership study: not doubtful, and of equal records only the first.
 *
 * @returns record numbers, ascending
 */
export function cleanRecords(dataset: Pick<Dataset, 'x' | 'records' | 'features' | 'doubtful'>): Int32Array {
  const left = new Uint8Array(dataset.records).fill(1);
  dataset.doubtful?.records.forEach((record) => (left[record] = 0));
  for (const group of exactDuplicates(dataset)) {
    const kept = group.find((record) => left[record] === 1);
    group.forEach((record) => (left[record] = record === kept ? 1 : 0));
  }
  const clean: number[] = [];
  left.forEach((keep, record) => {
    if (keep === 1) clean.push(record);
  });
  return Int32Array.from(clean);
}

/** FNV-1a over the bytes, two lanes folded into 48 bits, so that equal hashes of different rows are rare. */
function hashRow(bytes: Uint8Array, start: number, width: number): number {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = start; i < start + width; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b ^ bytes[i], 0x5bd1e995) + 1;
  }
  return (a >>> 0) * 0x10000 + ((b >>> 16) & 0xffff);
}

function sameRow(bytes: Uint8Array, a: number, b: number, width: number): boolean {
  for (let i = 0; i < width; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
