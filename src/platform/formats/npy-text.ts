import { UserError } from '../../errors';

/**
 * Bytes of one text of numpy's type U12 or S12.
 *
 * @throws UserError if the type is another one
 */
export function textItemSize(code: string, name: string): number {
  const [, kind, length] = /^([US])(\d{1,9})$/.exec(code) ?? [];
  if (kind !== undefined) return (kind === 'U' ? 4 : 1) * Number(length);
  if (code.startsWith('O')) {
    throw new UserError(
      `${name} is an array of Python objects (dtype object), which is stored as a pickle and could run code, so it is ` +
        'never read. Store text: in numpy, a.astype(str) before saving.',
    );
  }
  throw new UserError(
    `${name} has dtype ${code}, but text is needed. In numpy, a.astype(str) before saving.`,
  );
}

/** Decodes texts of a fixed size, whose unused end is filled with zeros. */
export function npyText(
  raw: Uint8Array,
  code: string,
  bigEndian: boolean,
  count: number,
  name: string,
): string[] {
  const size = textItemSize(code, name);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const fail = (i: number): UserError =>
    new UserError(
      `${name} has in its text ${i} something that is no Unicode. ` + 'Store it with a.astype(str) in numpy.',
    );
  return Array.from({ length: count }, (_, i) => {
    if (code.startsWith('U')) return fromCodePoints(view, i * size, size / 4, bigEndian) ?? throws(fail(i));
    const bytes = raw.subarray(i * size, (i + 1) * size);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    try {
      return utf8.decode(bytes.subarray(0, end));
    } catch {
      // Bytes that are no text keep their differences as hexadecimal digits.
      return `0x${Buffer.from(bytes).toString('hex')}`;
    }
  });
}

function throws(error: Error): never {
  throw error;
}

function fromCodePoints(view: DataView, at: number, length: number, bigEndian: boolean): string | undefined {
  let end = length;
  while (end > 0 && view.getUint32(at + 4 * (end - 1)) === 0) end--;
  let text = '';
  for (let i = 0; i < end; i++) {
    const point = view.getUint32(at + 4 * i, !bigEndian);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
