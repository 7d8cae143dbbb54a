import type { AsyncBuffer, ColumnMetaData, Compressors, SchemaTree } from 'hyparquet';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { maxMemory, shownBytes, type ReadLimits } from './limits';
import { checkPage } from './parquet-runs';
import { checkThrift, type ThriftStruct } from './thrift-check';

/** What a value takes while it is read: in a list, with its levels, and in the result. */
const valueBytes = 24;

/** A column of one group of rows. */
export interface ColumnChunk {
  readonly meta: ColumnMetaData;
  readonly rows: number;
  /** The schema's elements from the column down to its values. */
  readonly path: readonly SchemaTree[];
}

/** What is checked while the pages of a column are walked over. */
interface Walk {
  readonly name: string;
  readonly meta: ColumnMetaData;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** Fields of Parquet's PageHeader, DataPageHeader and DataPageHeaderV2 in Thrift. */
const page = { unpacked: 2, packed: 3, data: 5, dictionary: 7, dataV2: 8 } as const;
const data = { values: 1, encoding: 2 } as const;
const dataV2 = { values: 1, nulls: 2, encoding: 4, definition: 5, repetition: 6, isCompressed: 7 } as const;

/**
 * Checks the pages of a file before hyparquet reads them, which trusts their sizes, counts and runs: they must add up to
 * what the file's directory says, and all together must fit into memory.
 */
export class ParquetBudget {
  private bytes = 0;

  constructor(
    private readonly limits: ReadLimits | undefined,
    private readonly compressors: Compressors,
    private readonly fail: (why: string) => never,
  ) {}

  async addColumn(file: AsyncBuffer, { meta, rows, path }: ColumnChunk): Promise<void> {
    const name = meta.path_in_schema.join('.');
    const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    const values = Number(meta.num_values);
    if (!(start >= 0 && length >= 0 && start + length <= file.byteLength)) {
      this.fail(`column ${name} lies beyond the end of the file`);
    }
    const count = (kinds: readonly string[]): number =>
      path.filter(({ element }) => kinds.includes(element.repetition_type ?? 'REQUIRED')).length;
    const walk = {
      name,
      meta,
      maxDefinition: count(['OPTIONAL', 'REPEATED']),
      maxRepetition: count(['REPEATED']),
    };
    if (!(values >= 0) || (walk.maxRepetition === 0 && values !== rows)) {
      this.fail(`column ${name} has ${values} values in a group of ${rows} rows`);
    }
    this.add(values * valueBytes);
    const bytes = new Uint8Array(await file.slice(start, start + length));
    let found = 0;
    for (let at = 0; at < length - 1;) {
      const header = checkThrift(bytes, at);
      at += header.length;
      const packed = this.whole(header, page.packed, name);
      if (packed > length - at) this.fail(`a page of column ${name} is cut short`);
      found += this.addPage(header, bytes.subarray(at, at + packed), walk);
      if (found > values) this.fail(`the pages of column ${name} have more than its ${values} values`);
      at += packed;
    }
    if (found !== values)
      this.fail(`the pages of column ${name} have ${found} values, but ${values} were announced`);
  }

  /** Answers with the number of values of a page. */
  private addPage(header: ThriftStruct, packed: Uint8Array, walk: Walk): number {
    const unpacked = this.whole(header, page.unpacked, walk.name);
    this.add(2 * unpacked);
    const dictionary = header.structs.get(page.dictionary);
    if (dictionary !== undefined) {
      // Values of a dictionary are stored plainly: at least one bit each.
      const entries = this.whole(dictionary, data.values, walk.name);
      if (entries > 8 * unpacked)
        this.fail(`the dictionary of column ${walk.name} has ${entries} values in ${unpacked} bytes`);
      this.add(entries * valueBytes);
    }
    const first = header.structs.get(page.data);
    const second = header.structs.get(page.dataV2);
    if (first !== undefined && second !== undefined)
      this.fail(`a page of column ${walk.name} has two headers`);
    if (first !== undefined) return this.addData(first, this.unpack(packed, unpacked, walk), walk);
    return second === undefined ? 0 : this.addDataV2(second, packed, unpacked, walk);
  }

  private addData(header: ThriftStruct, bytes: Uint8Array, { name, meta, ...levels }: Walk): number {
    const values = this.whole(header, data.values, name);
    const encoding = this.whole(header, data.encoding, name);
    checkPage({ bytes, values, encoding, isBoolean: meta.type === 'BOOLEAN', ...levels });
    return values;
  }

  /** In version 2 the levels are not compressed, and their lengths stand in the header. */
  private addDataV2(header: ThriftStruct, packed: Uint8Array, unpacked: number, walk: Walk): number {
    const { name, meta, maxDefinition, maxRepetition } = walk;
    const [values, nulls, encoding, definition, repetition] = [
      dataV2.values,
      dataV2.nulls,
      dataV2.encoding,
      dataV2.definition,
      dataV2.repetition,
    ].map((field) => this.whole(header, field, name));
    const levelBytes = definition + repetition;
    if (nulls > values || levelBytes > packed.length || levelBytes > unpacked) {
      this.fail(`a page of column ${name} has more missing values or levels than it can`);
    }
    const rest = packed.subarray(levelBytes);
    const isCompressed = header.numbers.get(dataV2.isCompressed) !== 0;
    const body = isCompressed ? this.unpack(rest, unpacked - levelBytes, walk) : rest;
    const bytes = Buffer.concat([packed.subarray(0, levelBytes), body]);
    const levels = { repetition, definition };
    const isBoolean = meta.type === 'BOOLEAN';
    checkPage({ bytes, values, nulls, encoding, isBoolean, maxDefinition, maxRepetition, levels });
    return values;
  }

  private unpack(packed: Uint8Array, length: number, { name, meta: { codec } }: Walk): Uint8Array {
    if (codec === 'UNCOMPRESSED') return packed;
    const unpacked =
      this.compressors[codec]?.(packed, length) ?? this.fail(`column ${name} is compressed by ${codec}`);
    if (unpacked.length === length) return unpacked;
    return this.fail(`a page of column ${name} has ${unpacked.length} bytes, but ${length} were announced`);
  }

  /** hyparquet keeps 32 bits of a number, so more would mean something else to it. */
  private whole(header: ThriftStruct, field: number, name: string): number {
    const value = header.numbers.get(field) ?? 0;
    if (value >= 0 && value < 2 ** 31) return value;
    return this.fail(`a page of column ${name} has the size or count ${value}`);
  }

  private add(bytes: number): void {
    this.bytes += bytes;
    const limit = maxMemory(this.limits);
    if (this.bytes <= limit) return;
    this.fail(
      `it would take more than ${shownBytes(limit)} of memory, which is the limit; read fewer columns, or raise --max-memory`,
    );
  }
}

/** Of the footer in memory, for each of its bytes, at most. */
const footerFactor = 64;

/** Checks the file's directory, which stands at its end, before it is parsed. */
export async function checkFooter(
  file: AsyncBuffer,
  limits: ReadLimits | undefined,
  fail: (why: string) => never,
): Promise<void> {
  const end = Buffer.from(await file.slice(file.byteLength - 8));
  if (end.toString('latin1', 4) !== 'PAR1')
    fail('it does not end with PAR1, so it is cut short or of another kind');
  const length = end.readUInt32LE(0);
  const most = Math.min(file.byteLength - 12, maxMemory(limits) / footerFactor);
  if (length > most) fail(`its directory would have ${length} bytes, but ${Math.floor(most)} are the most`);
  const start = file.byteLength - 8 - length;
  checkThrift(new Uint8Array(await file.slice(start, start + length)), 0);
}

/** Decompressors that stop at the size that a page's header says. */
export async function boundedCompressors(): Promise<Compressors> {
  const lib = await import('hyparquet-compressors');
  const bounded =
    (unpack: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) =>
    (input: Uint8Array, length: number): Uint8Array =>
      unpack(input, { maxOutputLength: Math.max(length, 1) });
  return {
    SNAPPY: lib.decompressSnappy,
    GZIP: bounded(gunzipSync),
    BROTLI: bounded(brotliDecompressSync),
    ZSTD: (input, length) => lib.decompressZstd(input, new Uint8Array(length)),
    LZ4: lib.decompressLz4,
    LZ4_RAW: lib.decompressLz4Raw,
  };
}
