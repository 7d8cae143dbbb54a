import { UserError } from '../../errors';

/** Takes numbers, lines and blocks from the bytes of a pickle, never beyond their end. */
export class PickleBytes {
  at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly name: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  fail(why: string): never {
    throw new UserError(`${this.name} is no whole pickle of arrays: ${why}. Get it again.`);
  }

  /** The position of `count` bytes that are taken now. */
  private skip(count: number): number {
    const left = this.bytes.length - this.at;
    if (count > left) this.fail(`at byte ${this.at} it needs ${count} more bytes, but has ${left}`);
    this.at += count;
    return this.at - count;
  }

  /** A block of bytes; it shares their memory. */
  block(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  uint8(): number {
    return this.view.getUint8(this.skip(1));
  }
  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }
  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }
  /** Big-endian, as pickle has it. */
  float64(): number {
    return this.view.getFloat64(this.skip(8));
  }
  /** A length of 8 bytes; lengths beyond the file fail when the block is taken. */
  length64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** A line of text without its end; a character a byte. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) this.fail(`a line that begins at byte ${this.at} has no end`);
    const text = latin1(this.block(end - this.at));
    this.at++;
    return text;
  }

  utf8(count: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.block(count));
    } catch (error) {
      if (error instanceof UserError) throw error;
      return this.fail(`the text before byte ${this.at} is no UTF-8`);
    }
  }

  /** A whole number in two's complement, little-endian. */
  long(count: number): number | bigint {
    // Longer ones would take the machine minutes to convert, and no data set has them.
    if (count > 128) this.fail(`it has a whole number of ${count} bytes`);
    const block = this.block(count);
    if (count === 0) return 0;
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(block[i]);
    if (block[count - 1] >= 0x80) value -= 1n << BigInt(8 * count);
    return plainInteger(value);
  }
}

/** A number where that is exact. */
export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** The names of pickle's opcodes (protocols 0 to 5), for messages. */
export const opcodeNames: Readonly<Record<number, string>> = {
  0x28: 'MARK',
  0x2e: 'STOP',
  0x30: 'POP',
  0x31: 'POP_MARK',
  0x32: 'DUP',
  0x42: 'BINBYTES',
  0x43: 'SHORT_BINBYTES',
  0x46: 'FLOAT',
  0x47: 'BINFLOAT',
  0x49: 'INT',
  0x4a: 'BININT',
  0x4b: 'BININT1',
  0x4c: 'LONG',
  0x4d: 'BININT2',
  0x4e: 'NONE',
  0x50: 'PERSID',
  0x51: 'BINPERSID',
  0x52: 'REDUCE',
  0x53: 'STRING',
  0x54: 'BINSTRING',
  0x55: 'SHORT_BINSTRING',
  0x56: 'UNICODE',
  0x58: 'BINUNICODE',
  0x5d: 'EMPTY_LIST',
  0x61: 'APPEND',
  0x62: 'BUILD',
  0x63: 'GLOBAL',
  0x64: 'DICT',
  0x65: 'APPENDS',
  0x67: 'GET',
  0x68: 'BINGET',
  0x69: 'INST',
  0x6a: 'LONG_BINGET',
  0x6c: 'LIST',
  0x6f: 'OBJ',
  0x70: 'PUT',
  0x71: 'BINPUT',
  0x72: 'LONG_BINPUT',
  0x73: 'SETITEM',
  0x74: 'TUPLE',
  0x75: 'SETITEMS',
  0x29: 'EMPTY_TUPLE',
  0x7d: 'EMPTY_DICT',
  0x80: 'PROTO',
  0x81: 'NEWOBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x85: 'TUPLE1',
  0x86: 'TUPLE2',
  0x87: 'TUPLE3',
  0x88: 'NEWTRUE',
  0x89: 'NEWFALSE',
  0x8a: 'LONG1',
  0x8b: 'LONG4',
  0x8c: 'SHORT_BINUNICODE',
  0x8d: 'BINUNICODE8',
  0x8e: 'BINBYTES8',
  0x8f: 'EMPTY_SET',
  0x90: 'ADDITEMS',
  0x91: 'FROZENSET',
  0x92: 'NEWOBJ_EX',
  0x93: 'STACK_GLOBAL',
  0x94: 'MEMOIZE',
  0x95: 'FRAME',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};
