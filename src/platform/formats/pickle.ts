import { UserError } from '../../errors';
import { maxMemory, type ReadLimits } from './limits';
import type { NumericArray } from './raw-values';
import { latin1, PickleBytes, plainInteger, opcodeNames } from './pickle-bytes';
import { allowedGlobals, build, Global, PickledArray, PickledDType, reduce } from './pickle-numpy';

/**
 * What a pickle may hold. bytes are Uint8Array; Python 2's str is a string with one character a byte; an int beyond
 * 2^53 is a bigint; lists and tuples are both arrays; the keys of a dict are strings, also if they were bytes or
 * numbers.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | NumericArray
  | readonly PickleValue[]
  | ReadonlyMap<string, PickleValue>;

/**
 * Reads a pickle of plain values and numpy arrays (protocols 0 to 5, numpy 1 and 2), such as the batches of CIFAR-10.
 * It is a restricted reader: dict, list, tuple, bytes, str, int, float, bool, None and numpy's arrays of numbers; any
 * other opcode or name is refused by its name, and nothing of Python is ever run.
 *
 * @throws UserError that names the opcode or the Python name that is refused, or what is damaged
 */
export function decodePickle(bytes: Uint8Array, name: string, limits?: ReadLimits): PickleValue {
  return new Reader(new PickleBytes(bytes, name), limits).run();
}

/** Bytes that an entry of the stack or the memo takes, about. */
const entryBytes = 64;
/** A list or dict takes as much as these, even if it is empty. */
const containerEntries = 4;

class Reader {
  private stack: unknown[] = [];
  /** The stacks below the marks. */
  private readonly below: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();
  private entries = 0;
  private readonly most: number;
  private readonly context;

  constructor(
    private readonly input: PickleBytes,
    limits: ReadLimits | undefined,
  ) {
    this.most = Math.min(maxMemory(limits) / entryBytes, 2 ** 24);
    this.context = { name: input.name, limits, fail: (why: string): never => input.fail(why) };
  }

  run(): PickleValue {
    const { input } = this;
    for (;;) {
      if (input.at >= input.length) input.fail('it ends before its end mark');
      const opcode = input.uint8();
      if (opcode === 0x2e) break;
      if (!this.number(opcode) && !this.text(opcode) && !this.container(opcode) && !this.memory(opcode)) {
        this.object(opcode);
      }
    }
    const value = this.pop();
    if (this.stack.length > 0 || this.below.length > 0) input.fail('more than one value is left at its end');
    return this.plain(value);
  }

  private push(value: unknown, entries = 1): true {
    this.entries += entries;
    if (this.entries > this.most) {
      throw new UserError(
        `${this.input.name} has more than ${Math.floor(this.most)} values, which is more than any batch of a data set. ` +
          'Store the arrays as npz instead.',
      );
    }
    this.stack.push(value);
    return true;
  }

  private pop(): unknown {
    if (this.stack.length === 0)
      this.input.fail(`it takes a value that is not there (byte ${this.input.at})`);
    return this.stack.pop();
  }

  private popMark(): unknown[] {
    const items = this.stack;
    const below = this.below.pop();
    if (below === undefined)
      return this.input.fail(`it takes a mark that is not there (byte ${this.input.at})`);
    this.stack = below;
    return items;
  }

  private number(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x4e:
        return this.push(null);
      case 0x88:
        return this.push(true);
      case 0x89:
        return this.push(false);
      case 0x4b:
        return this.push(input.uint8());
      case 0x4d:
        return this.push(input.uint16());
      case 0x4a:
        return this.push(input.int32());
      case 0x8a:
        return this.push(input.long(input.uint8()));
      case 0x8b:
        return this.push(input.long(input.uint32()));
      case 0x47:
        return this.push(input.float64());
      case 0x49:
      case 0x4c:
        return this.push(this.integer(input.line()));
      case 0x46:
        return this.push(this.float(input.line()));
      default:
        return false;
    }
  }

  private integer(line: string): number | bigint | boolean {
    if (line === '01') return true;
    if (line === '00') return false;
    const digits = line.replace(/L$/, '');
    if (!/^[+-]?\d{1,300}$/.test(digits))
      this.input.fail(`${JSON.stringify(line.slice(0, 40))} is no whole number`);
    return plainInteger(BigInt(digits));
  }

  private float(line: string): number {
    if (/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)$/i.test(line)) return Number(line);
    const special = /^([+-]?)(inf|nan)$/.exec(line);
    if (special === null) return this.input.fail(`${JSON.stringify(line.slice(0, 40))} is no number`);
    return (special[1] === '-' ? -1 : 1) * (special[2] === 'inf' ? Infinity : NaN);
  }

  private text(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x8c:
        return this.push(input.utf8(input.uint8()));
      case 0x58:
        return this.push(input.utf8(input.uint32()));
      case 0x8d:
        return this.push(input.utf8(input.length64()));
      case 0x43:
        return this.push(input.block(input.uint8()));
      case 0x42:
        return this.push(input.block(input.uint32()));
      case 0x8e:
      case 0x96:
        return this.push(input.block(input.length64()));
      case 0x55:
        return this.push(latin1(input.block(input.uint8())));
      case 0x54:
        return this.push(latin1(input.block(input.uint32())));
      case 0x53:
        return this.push(this.quoted(input.line()));
      case 0x56:
        return this.push(unescaped(input.line(), /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g));
      default:
        return false;
    }
  }

  /** Python 2's str in protocol 0: a literal in quotes. */
  private quoted(line: string): string {
    const [, , inner] = /^(['"])(.*)\1$/s.exec(line) ?? [];
    if (inner === undefined) return this.input.fail('a text has no quotes around it');
    const plain: Readonly<Record<string, string>> = {
      n: '\n',
      r: '\r',
      t: '\t',
      '\\': '\\',
      "'": "'",
      '"': '"',
    };
    return inner.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (whole, hex: string | undefined, letter: string) =>
      hex === undefined ? (plain[letter] ?? whole) : String.fromCharCode(parseInt(hex, 16)),
    );
  }

  private container(opcode: number): boolean {
    switch (opcode) {
      case 0x28:
        this.below.push(this.stack);
        this.stack = [];
        this.entries += containerEntries;
        return this.entries > this.most ? this.push(null) : true;
      case 0x5d:
      case 0x29:
        return this.push([], containerEntries);
      case 0x7d:
        return this.push(new Map(), containerEntries);
      case 0x6c:
      case 0x74:
        return this.push(this.popMark());
      case 0x64:
        return this.push(this.setItems(new Map(), this.popMark()));
      case 0x85:
      case 0x86:
      case 0x87: {
        const items = Array.from({ length: opcode - 0x84 }, () => this.pop()).reverse();
        return this.push(items, containerEntries);
      }
      case 0x61:
        this.appendAll([this.pop()]);
        return true;
      case 0x65:
        this.appendAll(this.popMark());
        return true;
      case 0x73: {
        const value = this.pop();
        const key = this.pop();
        this.setItems(this.top(), [key, value]);
        return true;
      }
      case 0x75: {
        const items = this.popMark();
        this.setItems(this.top(), items);
        return true;
      }
      default:
        return false;
    }
  }

  private top(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  private appendAll(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) return this.input.fail('it appends to something that is no list');
    for (const item of items) list.push(item);
  }

  private setItems(target: unknown, items: readonly unknown[]): Map<string, unknown> {
    if (!(target instanceof Map) || items.length % 2 !== 0)
      return this.input.fail('it sets items of what is no dict');
    for (let i = 0; i < items.length; i += 2) target.set(this.key(items[i]), items[i + 1]);
    return target as Map<string, unknown>;
  }

  private key(key: unknown): string {
    if (typeof key === 'string' || typeof key === 'number') return String(key);
    if (key instanceof Uint8Array) return latin1(key);
    return this.input.fail('a key of a dict is neither text nor a number');
  }

  private memory(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x94:
        return this.put(this.memo.size);
      case 0x71:
        return this.put(input.uint8());
      case 0x72:
        return this.put(input.uint32());
      case 0x70:
        return this.put(Number(this.integer(input.line())));
      case 0x68:
        return this.get(input.uint8());
      case 0x6a:
        return this.get(input.uint32());
      case 0x67:
        return this.get(Number(this.integer(input.line())));
      case 0x30:
        if (this.stack.length > 0) this.stack.pop();
        else this.popMark();
        return true;
      case 0x31:
        this.popMark();
        return true;
      case 0x32:
        return this.push(this.top());
      default:
        return false;
    }
  }

  private put(at: number): true {
    this.memo.set(at, this.top());
    this.entries++;
    return true;
  }

  private get(at: number): true {
    if (!this.memo.has(at)) this.input.fail(`it asks for value ${at}, which it never stored`);
    return this.push(this.memo.get(at));
  }

  private object(opcode: number): void {
    const { input } = this;
    switch (opcode) {
      case 0x80: {
        const protocol = input.uint8();
        if (protocol > 5) input.fail(`its protocol is ${protocol}, but 0 to 5 are known`);
        return;
      }
      case 0x95:
        // The length of a frame helps readers of streams only.
        input.length64();
        return;
      case 0x63:
        this.push(this.global(input.line(), input.line()));
        return;
      case 0x93: {
        const name = this.pop();
        this.push(this.global(this.pop(), name));
        return;
      }
      case 0x52: {
        const args = this.pop();
        const callee = this.pop();
        if (!(callee instanceof Global) || !Array.isArray(args))
          return input.fail('it calls what is no function');
        this.push(reduce(callee.name, args, this.context));
        return;
      }
      case 0x62: {
        const state = this.pop();
        build(this.top(), state, this.context);
        return;
      }
      default:
        this.refuse(
          Object.hasOwn(opcodeNames, opcode)
            ? `the opcode ${opcodeNames[opcode]}`
            : `the byte 0x${opcode.toString(16).padStart(2, '0')}, which is no opcode,`,
        );
    }
  }

  private global(module: unknown, name: unknown): Global {
    const whole = `${String(module)}.${String(name)}`;
    if (typeof module === 'string' && typeof name === 'string' && allowedGlobals.includes(whole)) {
      return new Global(whole);
    }
    return this.refuse(`the Python name ${whole.slice(0, 100)}`);
  }

  private refuse(what: string): never {
    throw new UserError(
      `${this.input.name} is a pickle with ${what} (before byte ${this.input.at}), which is refused: only dict, list, ` +
        'tuple, bytes, str, numbers, None and numpy arrays are read, and no code is ever run. ' +
        'Get the file from its official address, or store the arrays with numpy.savez.',
    );
  }

  /** The finished value; nothing that only lives inside a pickle may be left in it. */
  private plain(value: unknown): PickleValue {
    const seen = new Set<unknown>();
    const open = new Set<unknown>();
    const check = (part: unknown, depth: number): void => {
      if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return;
      if (part instanceof Global || part instanceof PickledDType)
        this.input.fail('it holds a bare name or type of numpy');
      if (part instanceof PickledArray) {
        if (!part.isWhole) this.input.fail('it has an array without content');
        return;
      }
      if (open.has(part)) this.input.fail('a list or dict contains itself');
      if (depth > 100) this.input.fail('lists and dicts are nested deeper than 100');
      if (seen.has(part)) return;
      seen.add(part);
      open.add(part);
      for (const inner of part instanceof Map ? part.values() : (part as unknown[])) check(inner, depth + 1);
      open.delete(part);
    };
    check(value, 0);
    return value as PickleValue;
  }
}

function unescaped(line: string, pattern: RegExp): string {
  return line.replace(pattern, (whole, short: string | undefined, long: string | undefined) => {
    const point = parseInt(short ?? long ?? '', 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
