/** A struct in Thrift's compact protocol: its numbers and the structs within; other kinds are checked and left out. */
export interface ThriftStruct {
  readonly numbers: ReadonlyMap<number, number>;
  readonly structs: ReadonlyMap<number, ThriftStruct>;
  /** Bytes that it takes. */
  readonly length: number;
}

/** Deeper than any header of Parquet. */
const deepest = 32;
const longestVarint = 10;
const highestField = 2 ** 15;

/**
 * Walks over a struct in Thrift's compact protocol, in which Parquet has its directory and the headers of its pages.
 * The library that reads them trusts their lengths: numbers without end or lists of 2^31 entries would keep it busy
 * for hours. Here every number has at most ten bytes, and every length must lie within the bytes.
 *
 * @throws Error if the bytes are no such struct
 */
export function checkThrift(bytes: Uint8Array, start: number): ThriftStruct {
  return new Walker(bytes, start).struct(0);
}

class Walker {
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  struct(depth: number): ThriftStruct {
    if (depth > deepest) throw new Error('a header is nested too deeply');
    const first = this.at;
    const numbers = new Map<number, number>();
    const structs = new Map<number, ThriftStruct>();
    for (let field = 0; ;) {
      const head = this.byte();
      if ((head & 15) === 0) return { numbers, structs, length: this.at - first };
      field = head >> 4 === 0 ? this.zigzag() : field + (head >> 4);
      if (field < 0 || field > highestField) throw new Error(`a header has a field number of ${field}`);
      const value = this.element(head & 15, depth);
      if (typeof value === 'number') numbers.set(field, value);
      else if (value !== undefined) structs.set(field, value);
    }
  }

  /** Answers with the value of a number or struct. */
  private element(type: number, depth: number): number | ThriftStruct | undefined {
    switch (type) {
      case 1:
      case 2:
        return type === 1 ? 1 : 0;
      case 3:
        return this.byte();
      case 4:
      case 5:
      case 6:
        return this.zigzag();
      case 7:
        return this.skip(8);
      case 8:
        return this.skip(this.varint());
      case 9:
        return this.list(depth + 1);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new Error(`a header has a value of the unknown kind ${type}`);
    }
  }

  private list(depth: number): undefined {
    if (depth > deepest) throw new Error('a header is nested too deeply');
    const head = this.byte();
    const size = head >> 4 === 15 ? this.varint() : head >> 4;
    const type = head & 15;
    if (size > this.bytes.length - this.at) {
      throw new Error(`a header has a list of ${size} values, more than its bytes`);
    }
    for (let i = 0; i < size; i++) {
      // In a list a truth value takes a byte.
      if (type === 1 || type === 2) this.byte();
      else this.element(type, depth);
    }
    return undefined;
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new Error('a header is cut short');
    return this.bytes[this.at++];
  }

  private varint(): number {
    let value = 0;
    for (let i = 0; i < longestVarint; i++) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** (7 * i);
      if (next < 0x80) return value;
    }
    throw new Error('a header has a number of more than ten bytes');
  }

  private zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  private skip(count: number): undefined {
    if (count > this.bytes.length - this.at) throw new Error('a header points beyond its end');
    this.at += count;
    return undefined;
  }
}
