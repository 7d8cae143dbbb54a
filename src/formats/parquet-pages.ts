import type { AsyncBuffer, ColumnMetaData, Compressors } from 'hyparquet';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { maxMemory, shownBytes, type ReadLimits } from './limits';

/** The part of a page's header that is checked. */
interface PageHeader {
  readonly type?: string;
  readonly uncompressed_page_size: number;
  readonly compressed_page_size: number;
  readonly data_page_header?: { readonly num_values: number };
  readonly data_page_header_v2?: { readonly num_values: number };
  readonly dictionary_page_header?: { readonly num_values: number };
}
type ParsePageHeader = (reader: { view: DataView; offset: number }) => PageHeader;

/** hyparquet's own parser of page headers, which its types do not show. */
export async function pageHeaderParser(): Promise<ParsePageHeader> {
  const module = (await import('hyparquet/src/column.js' as string)) as { parquetHeader: ParsePageHeader };
  return module.parquetHeader;
}

/** What a value takes while it is read: in a list, with its levels, and in the result. */
const valueBytes = 24;

/** Adds up what a file is going to need, before any of it is unpacked. */
export class ParquetBudget {
  private bytes = 0;

  constructor(
    private readonly limits: ReadLimits | undefined,
    private readonly fail: (why: string) => never,
  ) {}

  /**
   * Walks over the pages of one column of one row group. Their sizes and numbers of values must add up to what the
   * file's directory says; the reader itself trusts the pages.
   */
  async addColumn(
    file: AsyncBuffer,
    meta: ColumnMetaData,
    rows: number,
    isFlat: boolean,
    parse: ParsePageHeader,
  ): Promise<void> {
    const name = meta.path_in_schema.join('.');
    const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    const values = Number(meta.num_values);
    if (!(start >= 0 && length >= 0 && start + length <= file.byteLength)) {
      this.fail(`column ${name} lies beyond the end of the file`);
    }
    if (!(values >= 0) || (isFlat && values !== rows)) {
      this.fail(`column ${name} has ${values} values in a group of ${rows} rows`);
    }
    this.add(values * valueBytes);
    const reader = { view: new DataView(await file.slice(start, start + length)), offset: 0 };
    let found = 0;
    while (reader.offset < length - 1) {
      const header = parse(reader);
      const packed = header.compressed_page_size;
      const unpacked = header.uncompressed_page_size;
      if (!(packed >= 0 && packed <= length - reader.offset))
        this.fail(`a page of column ${name} is cut short`);
      this.add(this.whole(unpacked, name) * 2);
      const inPage = this.whole(
        (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0,
        name,
      );
      found += inPage;
      if (found > values) this.fail(`the pages of column ${name} have more than its ${values} values`);
      // Values of a dictionary are stored plainly: at least one bit each.
      const entries = this.whole(header.dictionary_page_header?.num_values ?? 0, name);
      if (entries > 8 * unpacked)
        this.fail(`the dictionary of column ${name} has ${entries} values in ${unpacked} bytes`);
      reader.offset += packed;
    }
    if (found !== values)
      this.fail(`the pages of column ${name} have ${found} values, but ${values} were announced`);
  }

  private whole(count: number, name: string): number {
    if (Number.isSafeInteger(count) && count >= 0) return count;
    return this.fail(`a page of column ${name} has a negative size`);
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
