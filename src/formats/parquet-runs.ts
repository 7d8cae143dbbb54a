/** Where the levels and values of a page lie, and how many there are. */
export interface PageLayout {
  /** The unpacked page. */
  readonly bytes: Uint8Array;
  readonly values: number;
  /** Parquet's number of the encoding. */
  readonly encoding: number;
  readonly isBoolean: boolean;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** Lengths of the levels, where the header has them (version 2); else they stand before the levels. */
  readonly levels?: { readonly repetition: number; readonly definition: number };
  /** Missing values, where the header says so (version 2). */
  readonly nulls?: number;
}

const encodings = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  deltaBinary: 5,
  deltaLength: 6,
  dictionary: 8,
  split: 9,
};

/**
 * Checks the runs of a page: the library that reads them lets a run write as many values as it likes, which could fill
 * the memory or take forever.
 *
 * @throws Error that says what is wrong with the page
 */
export function checkPage(page: PageLayout): void {
  const { bytes, values, levels, maxDefinition, maxRepetition } = page;
  let at = 0;
  const level = (most: number, length: number | undefined): void => {
    if (most === 0 && length === undefined) return;
    const size = length ?? uint32(bytes, at);
    if (length === undefined) at += 4;
    if (size > bytes.length - at) throw new Error('the levels of a page are longer than the page');
    if (most > 0) checkRuns(bytes.subarray(at, at + size), 32 - Math.clz32(most), values);
    at += size;
  };
  level(maxRepetition, levels?.repetition);
  level(maxDefinition, levels?.definition);
  checkValues(page, bytes.subarray(at));
}

function checkValues({ values, encoding, isBoolean, nulls = 0 }: PageLayout, bytes: Uint8Array): void {
  // In version 1 the missing values are not counted yet: a last run may be shorter than all values.
  const most = values - nulls;
  switch (encoding) {
    case encodings.plain:
    case encodings.split:
      return;
    case encodings.plainDictionary:
    case encodings.dictionary:
      if (most === 0 || bytes.length === 0) return;
      if (bytes[0] > 32) throw new Error(`a page has values of ${bytes[0]} bits`);
      return checkRuns(bytes.subarray(1), bytes[0], most, true);
    case encodings.rle:
      if (!isBoolean) throw new Error('a page has runs of what is no BOOLEAN');
      return checkRuns(bytes.subarray(4, 4 + uint32(bytes, 0)), 1, most, true);
    case encodings.deltaBinary:
    case encodings.deltaLength:
      return checkDelta(bytes);
    default:
      throw new Error(
        `a column has the encoding ${names[encoding] ?? encoding}, which is not read; write it with use_dictionary=True`,
      );
  }
}

const names: Readonly<Record<number, string>> = { 4: 'BIT_PACKED', 7: 'DELTA_BYTE_ARRAY' };

function uint32(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error('a page is cut short');
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

/** Groups of eight in the largest run that writers pack, and so the most that may be left unused at the end. */
const spareValues = 63 * 8;

/**
 * Walks over runs of equal and of packed values.
 *
 * @param mayEnd whether the runs may hold fewer values than `values`
 */
function checkRuns(bytes: Uint8Array, width: number, values: number, mayEnd = false): void {
  let at = 0;
  let seen = 0;
  while (seen < values) {
    if (at >= bytes.length && mayEnd) return;
    let head = 0;
    for (let i = 0; ; i++) {
      if (at >= bytes.length || i === 5) throw new Error('a run of a page is cut short');
      const next = bytes[at++];
      head += (next & 0x7f) * 2 ** (7 * i);
      if (next < 0x80) break;
    }
    const isPacked = head % 2 === 1;
    const count = isPacked ? ((head - 1) / 2) * 8 : head / 2;
    if (count > values - seen + (isPacked ? spareValues : 0)) {
      throw new Error(`a run of a page has ${count} values, but ${values - seen} are left`);
    }
    at += isPacked ? (count / 8) * width : Math.ceil(width / 8);
    seen += count;
  }
}

/** Block size and number of parts of delta encoding. */
function checkDelta(bytes: Uint8Array): void {
  const numbers: number[] = [];
  for (let at = 0; numbers.length < 2;) {
    let value = 0;
    for (let i = 0; ; i++) {
      if (at >= bytes.length || i === 5) throw new Error('a delta-encoded page is cut short');
      const next = bytes[at++];
      value += (next & 0x7f) * 2 ** (7 * i);
      if (next < 0x80) break;
    }
    numbers.push(value);
  }
  const [block, parts] = numbers;
  if (!(parts >= 1 && parts <= 512 && block >= 1 && block <= 2 ** 20 && Number.isInteger(block / parts))) {
    throw new Error(`a delta-encoded page has blocks of ${block} values in ${parts} parts`);
  }
}
